using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Tests;

/// <summary>Makes calls as the router would, and reads their answers to the end.</summary>
internal static class Calls
{
    public static ProviderCall Make(Operation operation, string json, string? upstreamModel = null, CancellationToken aborted = default)
    {
        var error = RequestReader.Read(operation, Encoding.UTF8.GetBytes(json), out var view);
        Assert.Null(error);
        return new ProviderCall(view, upstreamModel ?? view.Model, aborted);
    }

    public static ProviderCall Chat(string json, string? upstreamModel = null, CancellationToken aborted = default) =>
        Make(Operation.Chat, json, upstreamModel, aborted);

    /// <summary>The error of an answer that is one.</summary>
    public static async Task<GatewayError> ErrorAsync(ValueTask<GatewayAnswer> answering)
    {
        await using var answer = await answering.AsTask().WaitAsync(TestTimeouts.Default);
        return Assert.IsType<ErrorAnswer>(answer).Error;
    }

    /// <summary>The whole document of an answer that is one.</summary>
    public static async Task<string> DocumentAsync(ValueTask<GatewayAnswer> answering)
    {
        await using var answer = await answering.AsTask().WaitAsync(TestTimeouts.Default);
        return Encoding.UTF8.GetString(NoError<JsonAnswer>(answer).Body.Span);
    }

    /// <summary>Opens a stream, which has its first chunk then.</summary>
    public static async Task<StreamAnswer> OpenAsync(ValueTask<GatewayAnswer> answering) =>
        NoError<StreamAnswer>(await answering.AsTask().WaitAsync(TestTimeouts.Default));

    /// <summary>Reads a stream to its end and disposes it.</summary>
    public static async Task<ReadStream> ReadAsync(ValueTask<GatewayAnswer> answering)
    {
        await using var stream = await OpenAsync(answering);
        return await ReadAsync(stream);
    }

    public static async Task<ReadStream> ReadAsync(StreamAnswer stream)
    {
        var chunks = new List<string>();
        while (await stream.WaitAsync().AsTask().WaitAsync(TestTimeouts.Default) == StreamState.Ready)
        {
            while (stream.TryRead(out var chunk))
            {
                chunks.Add(Encoding.UTF8.GetString(chunk.Span));
            }
        }

        return new ReadStream(chunks, stream.State, stream.Error, stream.Usage, stream.FinishReason);
    }

    private static T NoError<T>(GatewayAnswer answer)
        where T : GatewayAnswer
    {
        Assert.False(answer is ErrorAnswer, (answer as ErrorAnswer)?.Error.ToString());
        return Assert.IsAssignableFrom<T>(answer);
    }
}

/// <summary>A stream that was read to its end.</summary>
internal sealed record ReadStream(IReadOnlyList<string> Chunks, StreamState State, GatewayError? Error, TokenUsage? Usage, string? FinishReason);

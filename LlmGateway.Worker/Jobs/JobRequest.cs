using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Sensitivity;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Worker.Jobs;

/// <summary>Makes the request that a job means.</summary>
internal static class JobRequest
{
    /// <summary>What was accepted as sensitive stays so, whatever the settings say by now.</summary>
    private static readonly SensitivityVerdict Sensitive = new(1, SecurityLevel.High, []);

    private static ReadOnlySpan<byte> UsageOption => "{\"include_usage\":true}"u8;

    /// <summary>
    /// Reads the job's request. A chat is asked for as a stream, so that it can be followed, unless its client has said <c>"stream": false</c>.
    /// </summary>
    /// <returns>The view, or what is wrong with the request: it was good when it was accepted, but settings change.</returns>
    public static (RequestView? View, GatewayError? Error) Read(Job row)
    {
        var (operation, body) = row.Kind == JobKind.Chat
            ? (Operation.Chat, Streamed(row.Request))
            : (Operation.Embeddings, row.Request);
        return RequestReader.Read(operation, body, out var view, maxDepth: 1000) is { } error ? (null, error) : (view, null);
    }

    public static GatewayRequest Create(RunningJob job, RequestView view, TimeProvider time) =>
        new(job.Row.Id, view, CallerOf(job.Row), job.Stop)
        {
            StartTimestamp = time.GetTimestamp(),
            JobId = job.Row.Id,
            Priority = PriorityOf(job.Row.Priority),
            // Nobody gets to see what was taken back: the events of a failed attempt are replaced.
            StreamMode = StreamMode.Passthrough,
            Sensitivity = SensitivityOf(job.Row),
            AcceptedUnder = job.Row.AcceptedUnder,
        };

    public static Caller CallerOf(Job row) => new(row.ApiKeyId ?? "anonymous") { Owner = row.Owner, Team = row.Team, AllowedModels = row.AllowedModels ?? [] };

    public static SensitivityVerdict SensitivityOf(Job row) => row.Sensitivity == "high" ? Sensitive : SensitivityVerdict.None;

    public static RequestPriority PriorityOf(JobPriority priority) => priority switch
    {
        JobPriority.High => RequestPriority.High,
        JobPriority.Low => RequestPriority.Low,
        _ => RequestPriority.Normal,
    };

    private static byte[] Streamed(byte[] request)
    {
        var (stream, options) = Find(request);
        if (stream.Says == false)
        {
            return request;
        }

        var text = new List<byte>(request.Length + 64);
        var open = Array.IndexOf(request, (byte)'{') + 1;
        text.AddRange(request.AsSpan(0, open));
        if (!stream.IsThere)
        {
            text.AddRange("\"stream\":true,"u8);
        }

        if (!options.IsThere)
        {
            text.AddRange("\"stream_options\":"u8);
            text.AddRange(UsageOption);
            text.Add((byte)',');
        }

        // What is null says nothing, and a name must not come twice: the value goes where it stands.
        var from = open;
        foreach (var found in stream.NullAt < options.NullAt ? [stream, options] : (ReadOnlySpan<Found>)[options, stream])
        {
            if (found.NullAt is { } at)
            {
                text.AddRange(request.AsSpan(from, at - from));
                text.AddRange(found == stream ? "true"u8 : UsageOption);
                from = at + "null"u8.Length;
            }
        }

        text.AddRange(request.AsSpan(from));
        return [.. text];
    }

    /// <summary>What the request says about streams: <c>stream</c> and <c>stream_options</c>.</summary>
    private static (Found Stream, Found Options) Find(byte[] request)
    {
        var reader = new Utf8JsonReader(request, new JsonReaderOptions { MaxDepth = 1000 });
        Found stream = default, options = default;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isStream = reader.ValueTextEquals("stream"u8);
            var isOptions = reader.ValueTextEquals("stream_options"u8);
            reader.Read();
            var found = new Found(
                true,
                reader.TokenType is JsonTokenType.True or JsonTokenType.False ? reader.TokenType == JsonTokenType.True : null,
                reader.TokenType == JsonTokenType.Null ? (int)reader.TokenStartIndex : null);
            (stream, options) = (isStream ? found : stream, isOptions ? found : options);
            reader.Skip();
        }

        return (stream, options);
    }

    /// <param name="IsThere">The request has the field.</param>
    /// <param name="Says">Its value, where that is true or false.</param>
    /// <param name="NullAt">Where its value is, where that is null.</param>
    private readonly record struct Found(bool IsThere, bool? Says, int? NullAt);
}

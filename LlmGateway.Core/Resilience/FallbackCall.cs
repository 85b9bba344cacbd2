using System.Buffers;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Routing;

namespace LlmGateway.Core.Resilience;

/// <summary>A call as a fallback step changes it: fewer tokens, another temperature, a shorter wait.</summary>
internal static class FallbackCall
{
    /// <summary>At least what the edge may have let through.</summary>
    private const int MaxDepth = 1000;

    public static async ValueTask<GatewayAnswer> SendAsync(GatewayRequest request, ModelTarget target, FallbackOptions step, TimeProvider time)
    {
        var view = Change(request.View, step);
        if (step.Timeout is not { } timeout)
        {
            return await TargetCaller.SendAsync(target, new ProviderCall(view, target.UpstreamName, request.Aborted) { Attempts = request });
        }

        // Not disposed while a stream still runs under its token; without a timer it holds nothing.
        var bound = CancellationTokenSource.CreateLinkedTokenSource(request.Aborted);
        var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), bound, timeout, Timeout.InfiniteTimeSpan);
        GatewayAnswer answer;
        await using (timer)
        {
            answer = await TargetCaller.SendAsync(target, new ProviderCall(view, target.UpstreamName, bound.Token) { Attempts = request });
        }

        if (answer is StreamAnswer stream)
        {
            stream.OnEnded(_ => bound.Dispose());
            if (!bound.IsCancellationRequested || request.Aborted.IsCancellationRequested)
            {
                return stream;
            }

            // It began in the moment in which its time was up, and has been stopped.
            await stream.DisposeAsync();
            return new ErrorAnswer(TimedOut(target, timeout));
        }

        using (bound)
        {
            return answer is ErrorAnswer { Error.Code: GatewayErrorCode.ClientClosedRequest } && !request.Aborted.IsCancellationRequested
                ? new ErrorAnswer(TimedOut(target, timeout))
                : answer;
        }
    }

    private static GatewayError TimedOut(ModelTarget target, TimeSpan timeout) => new(
        GatewayErrorCode.UpstreamTimeout, FormattableString.Invariant($"Provider '{target.Group}' did not answer within the {timeout.TotalSeconds:0.###} s of a fallback."));

    /// <summary>The request with the step's parameters; the same when it changes none.</summary>
    internal static RequestView Change(RequestView view, FallbackOptions step)
    {
        var capped = step.MaxTokens is { } most && view.Operation != Operation.Embeddings && (view.MaxTokens is null || view.MaxTokens > most);
        var cooled = step.Temperature is not null && view.Operation != Operation.Embeddings;
        if (!capped && !cooled)
        {
            return view;
        }

        var output = new ArrayBufferWriter<byte>(view.Body.Length + 64);
        using (var document = JsonDocument.Parse(view.Body, new JsonDocumentOptions { MaxDepth = MaxDepth }))
        using (var json = new Utf8JsonWriter(output))
        {
            var bound = document.RootElement.TryGetProperty("max_completion_tokens"u8, out _) ? "max_completion_tokens" : "max_tokens";
            json.WriteStartObject();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                var replaced = (capped && property.Name is "max_tokens" or "max_completion_tokens") || (cooled && property.NameEquals("temperature"u8));
                if (!replaced)
                {
                    property.WriteTo(json);
                }
            }

            if (capped)
            {
                json.WriteNumber(bound, step.MaxTokens!.Value);
            }

            if (cooled)
            {
                json.WriteNumber("temperature"u8, step.Temperature!.Value);
            }

            json.WriteEndObject();
        }

        // It was read before, and the new values are checked with the settings.
        return RequestReader.Read(view.Operation, output.WrittenMemory, out var changed, MaxDepth) is null ? changed : view;
    }
}

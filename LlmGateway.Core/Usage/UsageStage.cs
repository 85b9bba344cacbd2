using System.Diagnostics;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Telemetry;

namespace LlmGateway.Core.Usage;

/// <summary>
/// The outermost stage: measures every request once, however it ends. A streamed answer is settled when it is disposed, so that
/// errors in mid-stream and clients that leave count too.
/// </summary>
internal sealed class UsageStage(TimeProvider time, params IEnumerable<IRequestObserver> observers) : IGatewayStage
{
    private readonly IRequestObserver[] _observers = [.. observers];

    public async ValueTask<GatewayAnswer> InvokeAsync(GatewayRequest request, GatewayHandler next)
    {
        // Within a trace that is not recorded nothing is: most requests of a busy gateway.
        var activity = GatewayTelemetry.Source.HasListeners() && Activity.Current is null or { Recorded: true } ? StartActivity(request) : null;
        foreach (var observer in _observers)
        {
            observer.Started(request);
        }

        GatewayAnswer answer;
        try
        {
            answer = await next(request);
        }
        catch
        {
            Settle(request, activity, new GatewayError(GatewayErrorCode.Internal, "A stage failed."), null, null);
            throw;
        }

        switch (answer)
        {
            case StreamAnswer stream:
                stream.OnEnded(ended => SettleStream(request, activity, ended));
                break;
            case JsonAnswer json:
                Settle(request, activity, null, json.Usage, json.FinishReason);
                break;
            case ErrorAnswer failed:
                Settle(request, activity, failed.Error, null, null);
                break;
        }

        return answer;
    }

    private static Activity? StartActivity(GatewayRequest request)
    {
        var operation = GatewayTelemetry.Name(request.View.Operation);
        // A name of megabytes would make collectors refuse the whole batch of spans.
        var model = BoundedText.Shorten(request.View.Model);
        var activity = GatewayTelemetry.Source.StartActivity($"{operation} {model}", ActivityKind.Client);
        if (activity is not { IsAllDataRequested: true })
        {
            return activity;
        }

        activity.SetTag(GatewayTelemetry.OperationTag, operation).SetTag(GatewayTelemetry.RequestModelTag, model);
        activity.SetTag(GatewayTelemetry.RequestMaxTokensTag, request.View.MaxTokens);
        activity.SetTag(GatewayTelemetry.RequestChoicesTag, request.View.Choices == 1 ? null : request.View.Choices);
        activity.SetTag(GatewayTelemetry.StreamTag, request.View.Stream);
        return activity.SetTag(GatewayTelemetry.RequestIdTag, request.Id).SetTag(GatewayTelemetry.KeyTag, request.Caller.KeyId);
    }

    private void Settle(GatewayRequest request, Activity? activity, GatewayError? error, TokenUsage? usage, string? finishReason, TimeSpan? firstChunk = null, bool isEstimate = false)
    {
        var duration = time.GetElapsedTime(request.StartTimestamp);
        var outcome = new RequestOutcome(error, usage, finishReason, duration, firstChunk) { Cost = usage is { } used ? request.Prices?.Cost(used) ?? 0 : 0, IsEstimate = isEstimate };
        request.Outcome = outcome;
        Tell(request, outcome);
        var errorType = error is null ? null : ErrorMapper.Kind(error);
        Measure(request, duration.TotalSeconds, errorType, usage);
        if (activity is null)
        {
            return;
        }

        if (activity.IsAllDataRequested)
        {
            activity.SetTag(GatewayTelemetry.ProviderTag, request.Provider).SetTag(GatewayTelemetry.ResponseModelTag, request.UpstreamModel);
            activity.SetTag(GatewayTelemetry.InputTokensTag, usage?.PromptTokens).SetTag(GatewayTelemetry.OutputTokensTag, usage?.CompletionTokens);
            activity.SetTag(GatewayTelemetry.FinishReasonsTag, finishReason is null ? null : new[] { finishReason });
            activity.SetTag(GatewayTelemetry.AttemptsTag, request.Attempts);
            activity.SetTag(GatewayTelemetry.RouteTag, request.Plan is { IsChoice: true } plan ? plan.Describe() : null);
            activity.SetTag(GatewayTelemetry.FallbacksTag, request.Fallbacks == 0 ? null : request.Fallbacks);
        }

        if (errorType is not null)
        {
            activity.SetTag(GatewayTelemetry.ErrorTypeTag, errorType).SetStatus(ActivityStatusCode.Error);
        }

        activity.Dispose();
    }

    /// <summary>
    /// What a stream has used that its client left before the provider told: the prompt by its bytes, the answer by its chunks, which mostly
    /// hold a token each. The provider charges for it all the same.
    /// </summary>
    private static TokenUsage Estimate(GatewayRequest request, StreamAnswer stream) => new(Routing.Router.EstimatePromptTokens(request.View), stream.ChunksTaken);

    private void Measure(GatewayRequest request, double seconds, string? errorType, TokenUsage? usage)
    {
        if (GatewayTelemetry.RequestDuration.Enabled)
        {
            GatewayTelemetry.RequestDuration.Record(seconds, new TagList
            {
                { GatewayTelemetry.OperationNameTag, GatewayTelemetry.Name(request.View.Operation) },
                { GatewayTelemetry.ProviderNameTag, request.Provider ?? "none" },
                { GatewayTelemetry.ModelTag, request.UpstreamModel ?? "none" },
                { GatewayTelemetry.StatusTag, errorType ?? "success" },
            });
        }

        if (request.UpstreamTimestamp != 0 && GatewayTelemetry.Overhead.Enabled)
        {
            GatewayTelemetry.Overhead.Record(time.GetElapsedTime(request.StartTimestamp, request.UpstreamTimestamp).TotalSeconds);
        }

        if (GatewayTelemetry.OperationDuration.Enabled)
        {
            var tags = Tags(request);
            if (errorType is not null)
            {
                tags.Add(GatewayTelemetry.ErrorTypeTag, errorType);
            }

            GatewayTelemetry.OperationDuration.Record(seconds, tags);
        }

        if (usage is { } tokens && GatewayTelemetry.TokenUsage.Enabled)
        {
            var input = Tags(request);
            input.Add(GatewayTelemetry.TokenTypeTag, "input");
            GatewayTelemetry.TokenUsage.Record(tokens.PromptTokens, input);
            var output = Tags(request);
            output.Add(GatewayTelemetry.TokenTypeTag, "output");
            GatewayTelemetry.TokenUsage.Record(tokens.CompletionTokens, output);
        }
    }

    private void Tell(GatewayRequest request, in RequestOutcome outcome)
    {
        foreach (var observer in _observers)
        {
            observer.Ended(request, outcome);
        }
    }

    /// <summary>Only models that a provider serves become tag values: what clients invent must not make new series.</summary>
    private static TagList Tags(GatewayRequest request) => new()
    {
        { GatewayTelemetry.OperationTag, GatewayTelemetry.Name(request.View.Operation) },
        { GatewayTelemetry.ProviderTag, request.Provider ?? "none" },
        { GatewayTelemetry.RequestModelTag, request.UpstreamModel ?? "none" },
    };

    private void SettleStream(GatewayRequest request, Activity? activity, StreamAnswer stream)
    {
        TimeSpan? firstChunk = stream.FirstChunkTimestamp == 0 ? null : time.GetElapsedTime(request.StartTimestamp, stream.FirstChunkTimestamp);
        if (!stream.IsDocument && firstChunk is { } waited && GatewayTelemetry.TimeToFirstChunk.Enabled)
        {
            GatewayTelemetry.TimeToFirstChunk.Record(waited.TotalSeconds, Tags(request));
        }

        var left = stream.State == StreamState.Ready
            ? new GatewayError(GatewayErrorCode.ClientClosedRequest, "The client closed the request.")
            : null;
        var error = stream.Error ?? left;
        var isLeft = error is { Code: GatewayErrorCode.ClientClosedRequest } && stream.Usage is null && stream.ChunksTaken > 0;
        Settle(request, activity, error, isLeft ? Estimate(request, stream) : stream.Usage, stream.FinishReason, firstChunk, isLeft);
    }
}

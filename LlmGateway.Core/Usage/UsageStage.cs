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
internal sealed class UsageStage(TimeProvider time) : IGatewayStage
{
    public async ValueTask<GatewayAnswer> InvokeAsync(GatewayRequest request, GatewayHandler next)
    {
        var activity = GatewayTelemetry.Source.HasListeners() ? StartActivity(request) : null;
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
        var activity = GatewayTelemetry.Source.StartActivity($"{operation} {request.View.Model}", ActivityKind.Client);
        return activity?.SetTag(GatewayTelemetry.OperationTag, operation).SetTag(GatewayTelemetry.RequestModelTag, request.View.Model);
    }

    private void Settle(GatewayRequest request, Activity? activity, GatewayError? error, TokenUsage? usage, string? finishReason)
    {
        var errorType = error is null ? null : ErrorMapper.Kind(error);
        if (GatewayTelemetry.OperationDuration.Enabled)
        {
            var tags = Tags(request);
            if (errorType is not null)
            {
                tags.Add(GatewayTelemetry.ErrorTypeTag, errorType);
            }

            GatewayTelemetry.OperationDuration.Record(time.GetElapsedTime(request.StartTimestamp).TotalSeconds, tags);
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

        if (activity is not null)
        {
            activity.SetTag(GatewayTelemetry.ProviderTag, request.Provider).SetTag(GatewayTelemetry.ResponseModelTag, request.UpstreamModel);
            activity.SetTag(GatewayTelemetry.InputTokensTag, usage?.PromptTokens).SetTag(GatewayTelemetry.OutputTokensTag, usage?.CompletionTokens);
            activity.SetTag(GatewayTelemetry.FinishReasonsTag, finishReason is null ? null : new[] { finishReason });
            if (errorType is not null)
            {
                activity.SetTag(GatewayTelemetry.ErrorTypeTag, errorType).SetStatus(ActivityStatusCode.Error);
            }

            activity.Dispose();
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
        if (!stream.IsDocument && stream.FirstChunkTimestamp != 0 && GatewayTelemetry.TimeToFirstChunk.Enabled)
        {
            GatewayTelemetry.TimeToFirstChunk.Record(
                time.GetElapsedTime(request.StartTimestamp, stream.FirstChunkTimestamp).TotalSeconds, Tags(request));
        }

        var left = stream.State == StreamState.Ready
            ? new GatewayError(GatewayErrorCode.ClientClosedRequest, "The client closed the request.")
            : null;
        Settle(request, activity, stream.Error ?? left, stream.Usage, stream.FinishReason);
    }
}

using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmGateway.Core.Resilience;

/// <summary>Makes one call to one target: waits for a place, asks the circuit, calls the adapter, holds the stream back, keeps count.</summary>
internal sealed partial class TargetCaller(TimeProvider time, ILogger? log = null)
{
    private readonly ILogger _logger = log ?? NullLogger.Instance;

    private static readonly TimeSpan TrialTime = TimeSpan.FromSeconds(1);

    public async ValueTask<GatewayAnswer> CallAsync(GatewayRequest request, Candidate candidate, RoutingOptions options)
    {
        var target = candidate.Target;
        var state = target.State;
        request.Provider = target.Group;
        request.UpstreamModel = target.UpstreamName;
        request.Prices = target.Prices;
        var admission = options.Admission;
        var entered = await state.Admission.EnterAsync(request.Priority, admission.MaxQueueLength, admission.MaxQueueWait, request.Aborted, request.Caller.KeyId);
        if (entered != Admission.Admitted)
        {
            return new ErrorAnswer(NotAdmitted(target, entered));
        }

        GatewayAnswer? answer = null;
        var breaker = state.Breaker(options.CircuitBreaker);
        try
        {
            state.Retries.Deposit(request.Caller.KeyId, options.RetryBudget);
            var call = new Call(this, request, candidate, options);
            answer = breaker is not null
                ? await breaker.ExecuteAsync(static c => c.Caller.AskAsync(c), call, request.Caller.KeyId) ?? new ErrorAnswer(CircuitOpen(target))
                : await AskAsync(call);
        }
        finally
        {
            // A stream that is held whole is over for the target, however slowly it is read.
            if (answer is not StreamAnswer or HeldStream { IsWhole: true })
            {
                state.Admission.Leave();
            }
        }

        if (answer is StreamAnswer stream and not HeldStream { IsWhole: true })
        {
            stream.OnEnded(ended => Ended(target, breaker, ended, request.Caller.KeyId));
        }

        return answer;
    }

    private readonly record struct Call(TargetCaller Caller, GatewayRequest Request, Candidate Candidate, RoutingOptions Options);

    private async ValueTask<GatewayAnswer> AskAsync(Call call)
    {
        var (_, request, candidate, options) = call;
        var target = candidate.Target;
        request.Attempts++;
        Count(target);
        var start = time.GetTimestamp();
        if (request.UpstreamTimestamp == 0)
        {
            request.UpstreamTimestamp = start;
        }

        if (candidate.Fallback is not null)
        {
            request.Fallbacks++;
        }

        var answer = candidate.Fallback is { } step
            ? await FallbackCall.SendAsync(request, target, step, time)
            : await SendAsync(target, new ProviderCall(request.View, target.UpstreamName, request.Aborted) { Attempts = request });
        var waited = time.GetElapsedTime(start);
        if (answer is StreamAnswer { IsDocument: false } stream && request.StreamMode is { } mode and not StreamMode.Passthrough)
        {
            answer = await HeldStream.HoldAsync(stream, mode, options, time, request.Aborted);
        }

        if (answer is ErrorAnswer { Error: var raw })
        {
            answer = new ErrorAnswer(Tell(target, ProviderWords.Withhold(raw)));
        }

        if (answer is not ErrorAnswer failed)
        {
            target.State.RecordLatency(waited);
            return answer;
        }

        if (target.Provider.Translates || candidate.Fallback is not null)
        {
            answer = new ErrorAnswer(failed.Error with { IsOfTranslation = true });
        }

        if (GatewayTelemetry.UpstreamFailures.Enabled)
        {
            GatewayTelemetry.UpstreamFailures.Add(
                1, new(GatewayTelemetry.ProviderNameTag, target.Group), new(GatewayTelemetry.ModelTag, target.UpstreamName), new(GatewayTelemetry.ErrorTag, ErrorMapper.Kind(failed.Error)));
        }

        return answer;
    }

    internal static ValueTask<GatewayAnswer> SendAsync(ModelTarget target, in ProviderCall call) => call.View.Operation switch
    {
        Operation.Chat => target.Provider.ChatAsync(call),
        Operation.Completion => target.Provider.CompleteAsync(call),
        _ => target.Provider.EmbedAsync(call),
    };

    /// <summary>A stream that broke off counts against its target though its beginning was an answer.</summary>
    private void Ended(ModelTarget target, CircuitBreaker? breaker, StreamAnswer stream, string caller)
    {
        target.State.Admission.Leave();
        if (stream.Error is { } told)
        {
            Tell(target, told);
        }

        if (stream is { State: StreamState.Failed, Error: { } error } && breaker is not null && FailureRules.IsTargetsFault(error))
        {
            // Counted at once; only the note of when it opened may come a moment later.
            _ = breaker.ReportAsync(error, caller).AsTask();
        }
    }

    /// <summary>Logs what the provider said where the client is not told.</summary>
    private GatewayError Tell(ModelTarget target, GatewayError error)
    {
        if (error.ForLog is { } words)
        {
            LogFailed(target.Group, target.UpstreamName, ErrorMapper.Kind(error), words);
        }

        return error;
    }

    private static void Count(ModelTarget target)
    {
        var counter = GatewayTelemetry.UpstreamRequests(target.Provider.Type);
        if (counter.Enabled)
        {
            counter.Add(1, new(GatewayTelemetry.ProviderNameTag, target.Group), new(GatewayTelemetry.ModelTag, target.UpstreamName));
        }
    }

    private static GatewayError CircuitOpen(ModelTarget target) => new(
        GatewayErrorCode.UpstreamUnavailable, $"Provider '{target.Group}' has failed too often of late and is not asked for a while.")
    {
        // One call tries at this moment whether the target is back; how that ends is known soon.
        RetryAfter = target.State.RemainingBreak is var left && left > TimeSpan.Zero ? left : TrialTime,
    };

    private static GatewayError NotAdmitted(ModelTarget target, Admission entered) => entered == Admission.Aborted
        ? new GatewayError(GatewayErrorCode.ClientClosedRequest, "The client closed the request.")
        : new GatewayError(GatewayErrorCode.Overloaded, $"Too many requests wait for provider '{target.Group}'.") { RetryAfter = TimeSpan.FromSeconds(1) };

    [LoggerMessage(LogLevel.Warning, "Provider {Provider}, model {Model}: {Code}: {Text}")]
    private partial void LogFailed(string provider, string model, string code, string text);
}

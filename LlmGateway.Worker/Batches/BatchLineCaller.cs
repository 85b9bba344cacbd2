using LlmGateway.Contracts.Failures;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Usage;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Usage;
using LlmGateway.Worker.Jobs;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Batches;

/// <summary>Asks for the answer to one line of a batch, again where the failure may pass.</summary>
internal sealed partial class BatchLineCaller(
    GatewayPipeline pipeline, ModelDirectory models, TimeProvider time, IOptions<BatchOptions> options, ILogger<BatchLineCaller> logger) : IDisposable
{
    private const int StatusOk = 200;

    private readonly BatchOptions _options = options.Value;

    /// <summary>Places for calls, over all batches of this process.</summary>
    private readonly SemaphoreSlim _places = new(options.Value.MaxConcurrentRequests);

    /// <summary>The line with its answer or the failure that it ends with.</summary>
    /// <param name="job">The batch.</param>
    /// <param name="operation">What it asks for.</param>
    /// <param name="item">The line.</param>
    /// <param name="missing">Models that lines of the batch have waited for in vain.</param>
    /// <param name="stop">Ends the call.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> has fired before there was an answer.</exception>
    public async Task<LineAnswer> AskAsync(RunningJob job, Operation operation, JobItem item, MissingModels missing, CancellationToken stop)
    {
        if (RequestReader.Read(operation, item.Request, out var view) is { } invalid)
        {
            return new LineAnswer(Failed(item, invalid), null);
        }

        while (true)
        {
            item.Attempt++;
            var request = new GatewayRequest(item.RequestId ?? FormattableString.Invariant($"{item.JobId}-{item.Line}"), view, JobRequest.CallerOf(job.Row), stop)
            {
                StartTimestamp = time.GetTimestamp(),
                JobId = item.JobId,
                Sensitivity = JobRequest.SensitivityOf(job.Row),
                AcceptedUnder = job.Row.AcceptedUnder,
                // People who wait for an answer go first.
                Priority = RequestPriority.Low,
            };
            var (body, error) = await CallAsync(request, stop);
            if (body is not null)
            {
                return new LineAnswer(Completed(item, body), Charge(request, item, null));
            }

            // Whatever the call says when it was stopped is not the line's answer.
            stop.ThrowIfCancellationRequested();
            var isUnknown = error!.Code == GatewayErrorCode.ModelNotFound && request.Attempts == 0 && IsAListMissing();
            if (item.Attempt >= _options.LineAttempts || !(isUnknown ? !missing.IsGivenUp(view.Model) : MayPass(error)))
            {
                if (isUnknown)
                {
                    missing.GiveUp(view.Model);
                }

                return new LineAnswer(Failed(item, error), Charge(request, item, error));
            }

            // Where nobody could be asked at all, somebody has to come back first.
            var isNobodyThere = isUnknown || (error.Code == GatewayErrorCode.UpstreamUnavailable && request.Attempts == 0);
            await Task.Delay(Delay(item.Attempt, error, isNobodyThere), time, stop);
        }
    }

    public void Dispose() => _places.Dispose();

    /// <summary>Whether a provider could not be asked for its models, so that a model that is unknown may be one of those.</summary>
    private bool IsAListMissing() => models.Current.Providers.Any(provider => provider.Options.Discover && (provider.Error is not null || provider.CheckedAt is null));

    /// <summary>One call, and its answer as a whole.</summary>
    private async Task<(byte[]? Body, GatewayError? Error)> CallAsync(GatewayRequest request, CancellationToken stop)
    {
        await _places.WaitAsync(stop);
        try
        {
            await using var answer = await pipeline.AnswerAsync(request);
            switch (answer)
            {
                case JsonAnswer json:
                    return json.Body.Length > _options.MaxAnswerBytes
                        ? (null, AnswerHolder.TooLarge(request, _options.MaxAnswerBytes) with { Detail = "answer_too_large" })
                        : (OnOneLine(json.Body.Span), null);
                case StreamAnswer large:
                    using (var held = new PooledBuffer())
                    {
                        var broken = await AnswerHolder.HoldAsync(request, large, held, _options.MaxAnswerBytes);
                        return broken is null ? (OnOneLine(held.WrittenSpan), null)
                            : large.Error is null ? (null, broken with { Detail = "answer_too_large" }) : (null, broken);
                    }

                case ErrorAnswer failed:
                    return (null, failed.Error);
                default:
                    throw new InvalidOperationException($"An answer of type {answer.GetType().Name} was not expected.");
            }
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            Defects.Report(logger, e);
            LogDefect(e, request.Id);
            return (null, new GatewayError(GatewayErrorCode.Internal, "The gateway failed to answer this request."));
        }
        finally
        {
            _places.Release();
        }
    }

    private static bool MayPass(GatewayError error) => error.RetryAfter is not null || error.Code is
        GatewayErrorCode.Overloaded or GatewayErrorCode.DependencyUnavailable or GatewayErrorCode.UpstreamRateLimited
        or GatewayErrorCode.UpstreamUnavailable or GatewayErrorCode.UpstreamTimeout or GatewayErrorCode.UpstreamInterrupted
        || (error.Code is GatewayErrorCode.UpstreamError or GatewayErrorCode.UpstreamInvalidResponse && error.Detail is null);

    private TimeSpan Delay(int attempt, GatewayError error, bool isNobodyThere)
    {
        var delay = error.RetryAfter ?? (isNobodyThere ? _options.MaxLineBackoff : _options.LineBackoff * Math.Pow(2, Math.Min(attempt - 1, 30)));
        var bounded = delay < _options.MaxLineBackoff ? delay : _options.MaxLineBackoff;
        // Lines that failed together must not come back together.
        return bounded * (1 + (0.2 * Random.Shared.NextDouble()));
    }

    private UsageRecord? Charge(GatewayRequest request, JobItem item, GatewayError? error)
    {
        if (request.Outcome is not { } outcome)
        {
            return null;
        }

        // An answer that was left because of its size looks to the spine as if its client had gone.
        var told = error is null ? outcome : outcome with { Error = error };
        return UsageRecorder.Row(request, told, UsageRecorder.IdOf(FormattableString.Invariant($"{item.JobId}/{item.Line}")), time.GetUtcNow());
    }

    private static JobItem Completed(JobItem item, byte[] body)
    {
        item.Status = JobStatus.Completed;
        item.Response = body;
        item.ResponseStatus = StatusOk;
        return item;
    }

    private static JobItem Failed(JobItem item, GatewayError error)
    {
        using var document = new PooledBuffer();
        ErrorMapper.Write(error, document);
        item.Status = JobStatus.Failed;
        item.Response = OnOneLine(document.WrittenSpan);
        item.ResponseStatus = ErrorMapper.Status(error);
        return item;
    }

    /// <summary>A copy that can stand in a file of lines: in JSON a line end is white space and nothing else.</summary>
    private static byte[] OnOneLine(ReadOnlySpan<byte> json)
    {
        var line = json.ToArray();
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        line.AsSpan().Replace((byte)'\r', (byte)' ');
        return line;
    }

    [LoggerMessage(LogLevel.Error, "Request {RequestId} of a batch met a defect.")]
    private partial void LogDefect(Exception e, string requestId);
}

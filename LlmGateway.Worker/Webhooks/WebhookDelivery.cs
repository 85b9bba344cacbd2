using LlmGateway.Contracts.Failures;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Webhooks;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Webhooks;

/// <summary>
/// Tells clients of ended jobs, at least once: a delivery is settled after the receiver's answer, and one whose process ends in between
/// comes due again and is sent with the same id.
/// </summary>
internal sealed partial class WebhookDelivery(
    IWebhookOutbox outbox, WebhookSender sender, WebhookSigner signer, WebhookNudge nudge, IOptions<WebhookOptions> options, TimeProvider time,
    ILogger<WebhookDelivery> logger) : BackgroundService
{
    /// <summary>Deliveries taken at once: their results come along and can be large.</summary>
    private const int MaxTaken = 8;

    /// <summary>Tries to write down what came of a delivery.</summary>
    private const int SettleTries = 4;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SettlePause = TimeSpan.FromSeconds(1);

    /// <summary>Beyond the time for the answer: what taking and settling may take.</summary>
    private static readonly TimeSpan HoldMargin = TimeSpan.FromSeconds(75);

    /// <summary>How long deliveries under way may go on when the process stops.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(3);

    private readonly int _maxConcurrent = options.Value.MaxConcurrent;
    private readonly int _maxResultBytes = options.Value.MaxResultBytes;
    private readonly TimeSpan _hold = options.Value.Timeout + HoldMargin;
    private readonly HostLanes _hosts = new(Math.Max(1, options.Value.MaxConcurrent / 4), time);

    /// <summary>Whoever points a hundred names at one dead receiver holds up nobody else.</summary>
    private readonly HostLanes _keys = new(Math.Max(1, options.Value.MaxConcurrent / 4), time);
    private readonly RetrySchedule _schedule = new(options.Value.Schedule(), Random.Shared);
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _running = [];
    private readonly CancellationTokenSource _abort = new();

    public override void Dispose()
    {
        _abort.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!signer.IsConfigured)
        {
            // What is due stays due until there is a key.
            LogNoKey();
            return;
        }

        try
        {
            await DeliverAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }

        await FinishAsync();
    }

    private async Task DeliverAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            var limit = Math.Min(MaxTaken, _maxConcurrent - Running());
            var taken = 0;
            try
            {
                taken = limit <= 0 ? 0 : await TakeAsync(limit, stoppingToken);
                failures = 0;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (!Defects.Note(logger, e) && failures++ == 0)
                {
                    LogOutboxAway(e);
                }

                await Task.Delay(PauseAfter(failures), time, stoppingToken);
                continue;
            }

            // A full take says that there may be more.
            if (taken == 0 || taken < limit)
            {
                await nudge.WaitAsync(PollInterval, stoppingToken);
            }
        }
    }

    private async Task<int> TakeAsync(int limit, CancellationToken stoppingToken)
    {
        var taken = await outbox.TakeAsync(limit, _maxResultBytes, _hold, stoppingToken);
        foreach (var due in taken)
        {
            Track(Start(due));
        }

        return taken.Count;
    }

    private Task Start(DueWebhook due)
    {
        var job = due.Job;
        var key = KeyOf(job);
        if (_keys.Enter(key) is { } turnOfKey)
        {
            return DeferAsync(job, turnOfKey, "The delivery waits for others of the same API key.");
        }

        var host = Uri.TryCreate(job.WebhookUrl, UriKind.Absolute, out var url) ? url.IdnHost : "";
        if (_hosts.Enter(host) is { } turnOfHost)
        {
            _keys.Leave(key, null);
            return DeferAsync(job, turnOfHost, "The delivery waits for others to the same host.");
        }

        return DeliverAsync(due, host);
    }

    private static string KeyOf(Job job) => job.ApiKeyId ?? "";

    private async Task DeliverAsync(DueWebhook due, string host)
    {
        var job = due.Job;
        // Off the loop: what follows up to the first wait is work, too.
        await Task.Yield();
        var started = time.GetTimestamp();
        WebhookAnswer answer;
        try
        {
            answer = await sender.SendAsync(due, _abort.Token);
        }
        catch (OperationCanceledException) when (_abort.IsCancellationRequested)
        {
            // Comes due again.
            return;
        }
        catch (Exception e)
        {
            Defects.Report(logger, e);
            LogDefect(e, job.Id);
            answer = new WebhookAnswer(false, "internal", "The gateway failed to make the delivery.");
        }
        finally
        {
            var took = time.GetElapsedTime(started);
            _hosts.Leave(host, took);
            _keys.Leave(KeyOf(job), took);
        }

        await SettleAsync(job, answer);
    }

    private async Task DeferAsync(Job job, TimeSpan turn, string reason)
    {
        await Task.Yield();
        WebhookTelemetry.Count(WebhookTelemetry.Deferred);
        await WriteAsync(job.Id, () => outbox.FailedAsync(
            job.Id, WebhookPayload.EndOf(job), turn, job.WebhookError ?? reason, _abort.Token));
    }

    private async Task SettleAsync(Job job, WebhookAnswer answer)
    {
        if (answer.IsDelivered)
        {
            WebhookTelemetry.Count(WebhookTelemetry.Delivered);
            await WriteAsync(job.Id, () => outbox.DeliveredAsync(job.Id, WebhookPayload.EndOf(job), _abort.Token));
            return;
        }

        var next = answer.IsFinal ? null : _schedule.Next(job, time.GetUtcNow(), answer.RetryAfter);
        WebhookTelemetry.Count(next is null ? WebhookTelemetry.GivenUp : WebhookTelemetry.Failed);
        LogFailed(job.Id, job.WebhookAttempts, answer.Kind, next);
        await WriteAsync(job.Id, () => outbox.FailedAsync(job.Id, WebhookPayload.EndOf(job), next, answer.Reason, _abort.Token));
    }

    /// <summary>Tries for a while within the hold; what is not written down is sent again when the hold is over.</summary>
    private async Task WriteAsync(string jobId, Func<Task> write)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await write();
                return;
            }
            catch (Exception e)
            {
                if (tries == SettleTries || _abort.IsCancellationRequested)
                {
                    LogUnsettled(e, jobId);
                    return;
                }
            }

            await Task.Delay(SettlePause, time, _abort.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FinishAsync()
    {
        var running = Snapshot();
        try
        {
            await Task.WhenAll(running).WaitAsync(StopGrace, time);
        }
        catch (TimeoutException)
        {
            await _abort.CancelAsync();
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Track(Task work)
    {
        lock (_gate)
        {
            _running.Add(work);
        }

        // Behind the addition, however soon the work is done.
        _ = work.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private void Forget(Task work)
    {
        bool wasFull;
        lock (_gate)
        {
            wasFull = _running.Count >= _maxConcurrent;
            _running.Remove(work);
        }

        if (wasFull)
        {
            nudge.Wake();
        }
    }

    private int Running()
    {
        lock (_gate)
        {
            return _running.Count;
        }
    }

    private Task[] Snapshot()
    {
        lock (_gate)
        {
            return [.. _running];
        }
    }

    private static TimeSpan PauseAfter(int failures)
    {
        var pause = PollInterval * Math.Pow(2, Math.Min(failures - 1, 10));
        return pause < LongestPause ? pause : LongestPause;
    }

    [LoggerMessage(LogLevel.Warning, "No webhook is delivered: Webhooks:SigningKey is not set")]
    private partial void LogNoKey();

    [LoggerMessage(LogLevel.Warning, "Webhooks wait: what is due cannot be read")]
    private partial void LogOutboxAway(Exception e);

    [LoggerMessage(LogLevel.Information, "Try {Try} to deliver the webhook of job {JobId} failed ({Kind}); next in {Next}")]
    private partial void LogFailed(string jobId, int @try, string kind, TimeSpan? next);

    [LoggerMessage(LogLevel.Error, "The webhook of job {JobId} could not be made")]
    private partial void LogDefect(Exception e, string jobId);

    [LoggerMessage(LogLevel.Warning, "What came of the webhook of job {JobId} could not be stored; it will be sent again")]
    private partial void LogUnsettled(Exception e, string jobId);
}

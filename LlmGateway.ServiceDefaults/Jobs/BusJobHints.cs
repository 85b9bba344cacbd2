using System.Diagnostics;
using System.Threading.Channels;
using LlmGateway.Contracts.Failures;
using LlmGateway.Contracts.Jobs;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmGateway.ServiceDefaults.Jobs;

/// <summary>
/// Hints through the broker: to the exchange in front of each queue, in waves. While the broker does not confirm, hints are dropped, and the
/// workers' sweeper makes up for them: whoever submits a job must not wait for a broker.
/// </summary>
internal sealed partial class BusJobHints(IBus bus, QueueLengths lengths, TimeProvider time, ILogger<BusJobHints> logger) : BackgroundService, IJobHints
{
    private const int Capacity = 10_000;
    private const int WaveSize = 64;

    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(2);

    /// <summary>How long hints are dropped unsent after the broker has failed to take some.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private static readonly ActivitySource Source = new("LlmGateway");

    private readonly Channel<QueuedHint> _channel = Channel.CreateBounded<QueuedHint>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private bool _away;

    public void Send(JobReady hint) => _channel.Writer.TryWrite(new QueuedHint(hint, Activity.Current?.Context ?? default));

    public ValueTask<long?> CountAsync(string queue, CancellationToken cancellationToken) => lengths.CountAsync(JobQueues.BrokerName(queue), cancellationToken);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _channel.Writer.TryComplete();
        if (ExecuteTask is { IsCompleted: false } running)
        {
            await running.WaitAsync(SendTimeout, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wave = new List<QueuedHint>(WaveSize);
        try
        {
            while (await _channel.Reader.WaitToReadAsync(stoppingToken))
            {
                while (wave.Count < WaveSize && _channel.Reader.TryRead(out var queued))
                {
                    wave.Add(queued);
                }

                var sent = await Task.WhenAll(wave.Select(queued => SendAsync(queued, stoppingToken)));
                wave.Clear();
                Note(away: sent.Contains(false));
                if (_away)
                {
                    await Task.Delay(Pause, time, stoppingToken);
                    while (_channel.Reader.TryRead(out _))
                    {
                        // Too old by now: the sweeper knows what is due.
                    }
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Nothing is lost with hints.
        }
    }

    private async Task<bool> SendAsync(QueuedHint queued, CancellationToken stoppingToken)
    {
        // The hint belongs to the trace of whoever submitted the job.
        using var activity = queued.Trace == default ? null : Source.StartActivity("queue job", ActivityKind.Internal, queued.Trace);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            limit.CancelAfter(SendTimeout);
            var sending = SendAsync(queued.Hint, limit.Token);
            try
            {
                // Not by the token alone: a write into a full socket does not listen to it.
                await sending.WaitAsync(SendTimeout, time, stoppingToken);
                return true;
            }
            catch
            {
                _ = sending.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                throw;
            }
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            // A hint that cannot be sent is not sent again and again.
            return Defects.Note(logger, e);
        }
    }

    private async Task SendAsync(JobReady hint, CancellationToken cancellationToken)
    {
        // The exchange, not the queue: whoever names a queue declares it, and this one has arguments that only its consumer knows.
        var endpoint = await bus.GetSendEndpoint(new Uri($"exchange:{JobQueues.BrokerName(hint.Queue)}"));
        await endpoint.Send(hint, context => context.TrySetPriority(hint.Priority), cancellationToken);
    }

    private void Note(bool away)
    {
        if (away && !_away)
        {
            LogAway();
        }

        _away = away;
    }

    [LoggerMessage(LogLevel.Warning, "The broker takes no hints of waiting jobs; workers find them by themselves meanwhile")]
    private partial void LogAway();

    private readonly record struct QueuedHint(JobReady Hint, ActivityContext Trace);
}

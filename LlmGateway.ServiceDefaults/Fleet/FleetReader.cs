using LlmGateway.Contracts.Failures;
using LlmGateway.Contracts.Fleet;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Fleet;

/// <summary>
/// Keeps <see cref="FleetState"/> up to date: every interval, and at once when there is news. When nothing can be read for an
/// entry's time to live the view becomes empty, as it would have if the store had answered.
/// </summary>
internal sealed partial class FleetReader(
    IFleetStore store, FleetState state, FleetHealth health, IOptions<FleetOptions> options, TimeProvider time, ILogger<FleetReader> logger) : BackgroundService
{
    /// <summary>However much news there is, the store is read at most this often.</summary>
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(50);

    private readonly WakeSignal _news = new(time);
    private long _lastRead = time.GetTimestamp();
    private bool _subscribed;
    private bool _failing;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await ReadAsync(stoppingToken);
            await Task.Delay(ShortestInterval, time, stoppingToken);
            await _news.WaitAsync(options.Value.ReadInterval - ShortestInterval, stoppingToken);
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!_subscribed)
            {
                await store.SubscribeAsync(_news.Set, cancellationToken);
                _subscribed = true;
            }

            var view = new FleetView(await store.ReadAsync(cancellationToken));
            _lastRead = time.GetTimestamp();
            health.Observed(time.GetUtcNow());
            if (_failing)
            {
                _failing = false;
                LogRecovered();
            }

            state.Replace(view);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            if (!Defects.Note(logger, e) && !_failing)
            {
                _failing = true;
                LogFailing(e.Message);
            }

            if (health.IsAvailable && time.GetElapsedTime(_lastRead) >= options.Value.TimeToLive)
            {
                health.Lost();
                state.Replace(FleetView.Empty);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The state of the fleet cannot be read: {Reason}")]
    private partial void LogFailing(string reason);

    [LoggerMessage(LogLevel.Information, "The state of the fleet can be read again")]
    private partial void LogRecovered();
}

using LlmGateway.Contracts.Failures;
using LlmGateway.Contracts.Fleet;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Fleet;

/// <summary>Publishes the entries of all sources again and again, at once when a source says so, and takes them back at the end.</summary>
internal sealed partial class FleetPublisher(
    IEnumerable<IFleetSource> sources, IFleetStore store, IOptions<FleetOptions> options, TimeProvider time, ILogger<FleetPublisher> logger) : BackgroundService
{
    private static readonly TimeSpan FarewellLimit = TimeSpan.FromSeconds(2);

    private readonly IFleetSource[] _sources = [.. sources];
    private readonly WakeSignal _changed = new(time);
    private HashSet<string> _published = [];
    private bool _failing;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Array.ForEach(_sources, source => source.Changed += _changed.Set);
        try
        {
            var notify = true;
            while (true)
            {
                // A notification that could not be sent is owed.
                notify = !await PublishAsync(notify, stoppingToken) && notify;
                notify |= await _changed.WaitAsync(options.Value.PublishInterval, stoppingToken);
            }
        }
        finally
        {
            Array.ForEach(_sources, source => source.Changed -= _changed.Set);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_published.Count == 0)
        {
            return;
        }

        try
        {
            await store.RemoveAsync(_published, cancellationToken).WaitAsync(FarewellLimit, time, cancellationToken);
        }
        catch (Exception e)
        {
            // They expire by themselves.
            LogNotRemoved(e.Message);
        }
    }

    /// <summary>Whether all went well. Whatever goes wrong, the next round tries again.</summary>
    private async Task<bool> PublishAsync(bool notify, CancellationToken cancellationToken)
    {
        try
        {
            var now = time.GetUtcNow();
            var entries = new List<FleetEntry>();
            foreach (var source in _sources)
            {
                entries.AddRange(source.Entries.Select(entry => entry with { PublishedAt = now }));
            }

            var keys = entries.Select(entry => entry.Key).ToHashSet(StringComparer.Ordinal);
            var gone = _published.Except(keys).ToArray();
            var isNew = !keys.IsSubsetOf(_published);
            // Noted first: what may have been published must be taken back at the end.
            _published = [.. keys, .. gone];
            await store.PublishAsync(entries, options.Value.TimeToLive, notify || isNew, cancellationToken);
            if (gone.Length > 0)
            {
                await store.RemoveAsync(gone, cancellationToken);
            }

            _published = keys;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            if (!Defects.Note(logger, e) && !_failing)
            {
                LogFailing(e.Message);
                _failing = true;
            }

            return false;
        }

        if (_failing)
        {
            LogRecovered();
        }

        _failing = false;
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "The fleet cannot be told about this process: {Reason}")]
    private partial void LogFailing(string reason);

    [LoggerMessage(LogLevel.Information, "The fleet is told about this process again")]
    private partial void LogRecovered();

    [LoggerMessage(LogLevel.Debug, "This process could not be taken out of the fleet; it expires: {Reason}")]
    private partial void LogNotRemoved(string reason);
}

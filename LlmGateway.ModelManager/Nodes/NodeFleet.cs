using LlmGateway.Contracts.Fleet;
using LlmGateway.ServiceDefaults.Fleet;
using Microsoft.Extensions.Options;

namespace LlmGateway.ModelManager.Nodes;

/// <summary>All configured nodes, each followed by its own <see cref="NodeWatcher"/>.</summary>
internal sealed partial class NodeFleet : BackgroundService, IFleetSource
{
    private readonly NodeWatcher[] _watchers;
    private readonly TimeSpan _interval;
    private readonly ILogger _logger;

    public NodeFleet(
        IOptions<NodesOptions> nodes, IOptions<ModelManagerOptions> options, IModelEvents events, TimeProvider time, ILogger<NodeFleet> logger)
    {
        _interval = options.Value.PollInterval;
        _logger = logger;
        _watchers =
        [
            .. nodes.Value.Nodes.OrderBy(n => n.Key, StringComparer.Ordinal)
                .Select(n => new NodeWatcher(n.Key, n.Value, options.Value, events, time, logger)),
        ];
        foreach (var watcher in _watchers)
        {
            watcher.Changed += () => Changed?.Invoke();
        }
    }

    public event Action? Changed;

    public IReadOnlyList<FleetEntry> Entries => [.. Nodes];

    /// <summary>The nodes that have been asked at least once, by name.</summary>
    public IEnumerable<NodeModels> Nodes => _watchers.Select(w => w.Entry).OfType<NodeModels>();

    /// <summary>Whether every node has been asked.</summary>
    public bool IsReady => _watchers.All(w => w.Entry is not null);

    public override void Dispose()
    {
        foreach (var watcher in _watchers)
        {
            watcher.Dispose();
        }

        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_watchers.Length == 0)
        {
            LogNone();
        }

        return Task.WhenAll(_watchers.Select(w => w.RunAsync(_interval, stoppingToken)));
    }

    [LoggerMessage(LogLevel.Warning, "There are no nodes to manage: set Nodes:NAME:BaseUrl, or OLLAMA_BASE_URL")]
    private partial void LogNone();
}

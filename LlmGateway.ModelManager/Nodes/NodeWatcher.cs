using LlmGateway.Contracts.Events;
using LlmGateway.Contracts.Fleet;

namespace LlmGateway.ModelManager.Nodes;

/// <summary>Follows one node: asks it again and again and keeps what is known about it. No node waits for another.</summary>
internal sealed partial class NodeWatcher : IDisposable
{
    private readonly NodeClient _client;
    private readonly string _baseUrl;
    private readonly IModelEvents _events;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private volatile NodeModels? _entry;
    private IReadOnlySet<string>? _loaded;

    public NodeWatcher(string name, NodeOptions node, ModelManagerOptions options, IModelEvents events, TimeProvider time, ILogger logger)
    {
        Name = name;
        var address = new Uri(node.BaseUrl);
        _baseUrl = address.GetLeftPart(UriPartial.Path).TrimEnd('/');
        _client = new NodeClient(address, options.RequestTimeout, time);
        _events = events;
        _time = time;
        _logger = logger;
    }

    /// <summary>Raised when what is known has changed in more than the time at which a model will be unloaded.</summary>
    public event Action? Changed;

    public string Name { get; }

    /// <summary>Null before the node was asked for the first time.</summary>
    public NodeModels? Entry => _entry;

    public void Dispose() => _client.Dispose();

    public async Task RunAsync(TimeSpan interval, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, _time);
        do
        {
            Take(await _client.AskAsync(stoppingToken));
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Takes up what the node said, and tells what that changes.</summary>
    internal void Take(NodeAnswer answer)
    {
        var before = _entry;
        var now = answer.Error is { } error
            // Out of sight is not gone: the last list stays.
            ? (before ?? new NodeModels(Name) { BaseUrl = _baseUrl, Reachable = false }) with { Reachable = false, Error = error }
            : new NodeModels(Name) { BaseUrl = _baseUrl, Reachable = true, ServerVersion = answer.Version, Models = answer.Models };
        _entry = now;
        LogTransition(before, now);
        if (now.Reachable)
        {
            TellLoads(now);
        }

        if (before is null || !IsSame(before, now))
        {
            Changed?.Invoke();
        }
    }

    /// <summary>
    /// What is in memory at the first look was there before. A node that was out of sight in between is compared with the last look:
    /// being out of sight unloads nothing.
    /// </summary>
    private void TellLoads(NodeModels now)
    {
        var before = _loaded;
        _loaded = now.Models.Where(m => m.Loaded).Select(m => m.Name).ToHashSet(StringComparer.Ordinal);
        if (before is null)
        {
            return;
        }

        var timestamp = _time.GetUtcNow();
        foreach (var model in before.Except(_loaded).Order(StringComparer.Ordinal))
        {
            _events.Unloaded(new ModelUnloaded { Node = Name, Model = model, Timestamp = timestamp });
        }

        foreach (var model in now.Models.Where(m => m.Loaded && !before.Contains(m.Name)))
        {
            _events.Loaded(new ModelLoaded { Node = Name, Model = model.Name, VramBytes = model.VramBytes, Timestamp = timestamp });
        }
    }

    private static bool IsSame(NodeModels one, NodeModels other) =>
        one with { Models = [] } == other with { Models = [] } && one.Models.Select(Lasting).SequenceEqual(other.Models.Select(Lasting));

    /// <summary>Every call to a model puts off its unloading.</summary>
    private static NodeModel Lasting(NodeModel model) => model with { ExpiresAt = null };

    /// <summary>Says what changed, not what stayed.</summary>
    private void LogTransition(NodeModels? before, NodeModels now)
    {
        if (now.Reachable && before is not { Reachable: true })
        {
            LogReachable(Name, now.Models.Count);
        }
        else if (!now.Reachable && before is not { Reachable: false })
        {
            LogUnreachable(Name, now.Error!);
        }
    }

    [LoggerMessage(LogLevel.Information, "Node {Node} answers; models: {Count}")]
    private partial void LogReachable(string node, int count);

    [LoggerMessage(LogLevel.Warning, "Node {Node} is not reachable. {Reason}")]
    private partial void LogUnreachable(string node, string reason);
}

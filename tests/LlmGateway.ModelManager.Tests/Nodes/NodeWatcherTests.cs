using LlmGateway.Contracts.Fleet;
using LlmGateway.ModelManager.Nodes;
using LlmGateway.ModelManager.Tests.Support;
using LlmGateway.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmGateway.ModelManager.Tests.Nodes;

/// <summary>What a watcher makes of what a node says.</summary>
public sealed class NodeWatcherTests : IDisposable
{
    private readonly RecordedEvents _events = new();
    private readonly ManualTimeProvider _time = new();
    private readonly NodeWatcher _watcher;
    private int _changes;

    public NodeWatcherTests()
    {
        _watcher = new NodeWatcher(
            "gpu-1", new NodeOptions { BaseUrl = "http://gpu-1:11434/" }, new ModelManagerOptions(), _events, _time, NullLogger.Instance);
        _watcher.Changed += () => _changes++;
    }

    public void Dispose() => _watcher.Dispose();

    private static NodeModel Idle(string name) => new(name, 10, false);

    private static NodeModel Loaded(string name) => new(name, 10, true) { VramBytes = 8 };

    private static NodeAnswer Answer(params NodeModel[] models) => new(null, "0.12.6", models);

    private int ChangesOf(Action action)
    {
        _changes = 0;
        action();
        return _changes;
    }

    [Fact]
    public void WhatIsLoadedAtTheFirstLook_WasLoadedBefore()
    {
        Assert.Null(_watcher.Entry);
        _watcher.Take(Answer(Loaded("a"), Idle("b")));
        Assert.Empty(_events.All);
        Assert.Equal(1, _changes);
        var entry = _watcher.Entry!;
        Assert.Equal(("node/gpu-1", "http://gpu-1:11434", true, null, "0.12.6"), (entry.Key, entry.BaseUrl, entry.Reachable, entry.Error, entry.ServerVersion));
        Assert.Equal([Loaded("a"), Idle("b")], entry.Models);
    }

    [Fact]
    public void LoadsAndUnloads_AreToldOnce()
    {
        _watcher.Take(Answer(Loaded("a"), Idle("b")));
        _watcher.Take(Answer(Idle("a"), Loaded("b")));
        _watcher.Take(Answer(Idle("a"), Loaded("b")));
        Assert.Equal(["-a", "+b"], _events.All);
        _watcher.Take(Answer(Idle("a")));
        Assert.Equal(["-a", "+b", "-b"], _events.All);
    }

    [Fact]
    public void ANodeOutOfSight_KeepsItsModels_AndUnloadsNothing()
    {
        _watcher.Take(Answer(Loaded("a")));
        _watcher.Take(NodeAnswer.Failed("No connection."));
        var lost = _watcher.Entry!;
        Assert.False(lost.Reachable);
        Assert.Equal("No connection.", lost.Error);
        Assert.Equal([Loaded("a")], lost.Models);
        Assert.Equal("0.12.6", lost.ServerVersion);

        _watcher.Take(Answer(Loaded("a")));
        Assert.True(_watcher.Entry!.Reachable);
        Assert.Null(_watcher.Entry.Error);
        Assert.Empty(_events.All);
    }

    [Fact]
    public void ANodeThatComesBackWithoutItsModels_HasUnloadedThem()
    {
        _watcher.Take(Answer(Loaded("a")));
        _watcher.Take(NodeAnswer.Failed("No connection."));
        Assert.Empty(_events.All);
        _watcher.Take(Answer(Idle("a")));
        Assert.Equal(["-a"], _events.All);
    }

    [Fact]
    public void ANodeThatIsNotThereAtFirst_HasItsFirstLookWhenItComes()
    {
        _watcher.Take(NodeAnswer.Failed("No connection."));
        Assert.Equal((false, "No connection.", 0), (_watcher.Entry!.Reachable, _watcher.Entry.Error, _watcher.Entry.Models.Count));
        _watcher.Take(Answer(Loaded("a")));
        Assert.Empty(_events.All);
    }

    [Fact]
    public void OnlyAChange_IsOne()
    {
        _watcher.Take(Answer(Loaded("a")));
        Assert.Equal(0, ChangesOf(() => _watcher.Take(Answer(Loaded("a")))));
        Assert.Equal(0, ChangesOf(() => _watcher.Take(Answer(Loaded("a") with { ExpiresAt = DateTimeOffset.UnixEpoch }))));
        Assert.Equal(DateTimeOffset.UnixEpoch, _watcher.Entry!.Models[0].ExpiresAt);
        Assert.Equal(1, ChangesOf(() => _watcher.Take(Answer(Loaded("a"), Idle("b")))));
        Assert.Equal(1, ChangesOf(() => _watcher.Take(NodeAnswer.Failed("x"))));
        Assert.Equal(0, ChangesOf(() => _watcher.Take(NodeAnswer.Failed("x"))));
        Assert.Equal(1, ChangesOf(() => _watcher.Take(NodeAnswer.Failed("y"))));
        Assert.Equal(1, ChangesOf(() => _watcher.Take(Answer(Loaded("a"), Idle("b")))));
    }
}

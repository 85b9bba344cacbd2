using LlmGateway.Contracts.Fleet;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Tests.Support;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Routing;

public sealed class FleetFollowerTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly FakeProvider _alpha = new("alpha");
    private readonly FakeProvider _beta = new("beta");
    private readonly FleetState _fleet = new();
    private readonly ModelDirectory _directory;
    private readonly FleetFollower _follower;

    public FleetFollowerTests()
    {
        _directory = Routes.Directory(_time, (_alpha, new ProviderOptions()), (_beta, new ProviderOptions()));
        _follower = new FleetFollower(_fleet, _directory, _time);
    }

    public async Task InitializeAsync()
    {
        _alpha.Models.Add(new ListedModel("m"));
        await _directory.RefreshAsync(CancellationToken.None);
        await _follower.StartAsync(CancellationToken.None);
    }

    public Task DisposeAsync() => _follower.StopAsync(CancellationToken.None);

    [Fact]
    public async Task AModelPulledOnANode_CanBeAskedFor_AndOnlyThatProviderIsAsked()
    {
        _alpha.Models.Add(new ListedModel("new"));
        See("alpha", true, "m", "new");
        await Eventually.IsTrueAsync(() => _directory.Current.Find("new") is not null, "the new model is found");
        Assert.Equal((2, 1), (_alpha.Listed, _beta.Listed));
    }

    [Fact]
    public async Task AModelIsFound_WhileAnotherProviderHangs()
    {
        var gate = new TaskCompletionSource();
        _beta.Gate = gate.Task;
        var all = _directory.RefreshAsync(CancellationToken.None);
        _alpha.Models.Add(new ListedModel("new"));
        See("alpha", true, "m", "new");
        await Eventually.IsTrueAsync(() => _directory.Current.Find("new") is not null, "the new model is found");
        Assert.False(all.IsCompleted);
        gate.SetResult();
        await all.WaitAsync(TestTimeouts.Default);
        Assert.NotNull(_directory.Current.Find("new"));
    }

    [Fact]
    public void WhatTheDirectoryKnows_AsksNobody()
    {
        See("alpha", true, "m");
        See("unknown", true, "x");
        Assert.Equal((1, 1), (_alpha.Listed, _beta.Listed));
    }

    [Fact]
    public async Task ANodeThatIsGone_HasItsProviderAsked()
    {
        _alpha.Error = new GatewayError(GatewayErrorCode.UpstreamUnavailable, "gone");
        See("alpha", false, "m");
        await Eventually.IsTrueAsync(() => _directory.Current.Providers[0].Error is not null, "the provider fails");
        Assert.NotNull(_directory.Current.Find("m"));

        _alpha.Error = null;
        _time.Advance(TimeSpan.FromSeconds(1));
        See("alpha", true, "m");
        await Eventually.IsTrueAsync(() => _directory.Current.Providers[0].Error is null, "the provider answers again");
    }

    [Fact]
    public async Task ADifferenceThatStays_IsAskedAboutThreeTimes_OnceASecond()
    {
        for (var i = 0; i < 100; i++)
        {
            See("alpha", true, "m", "only-the-node-has-it");
        }

        await Eventually.IsTrueAsync(() => _alpha.Listed == 2, "the provider is asked");
        await Eventually.IsTrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                See("alpha", true, "m", "only-the-node-has-it");
                return _alpha.Listed >= 4;
            },
            "the provider is asked twice more");
        for (var i = 0; i < 20; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            See("alpha", true, "m", "only-the-node-has-it");
        }

        Assert.Equal(4, _alpha.Listed);
    }

    private void See(string node, bool reachable, params string[] models) => _fleet.Replace(new FleetView(
        [new NodeModels(node) { BaseUrl = "http://node", Reachable = reachable, Models = [.. models.Select(m => new NodeModel(m, 0, false))] }]));
}

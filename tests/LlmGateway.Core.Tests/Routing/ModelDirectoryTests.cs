using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Tests.Support;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Routing;

public class ModelDirectoryTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private readonly ManualTimeProvider _time = new();
    private readonly FakeProvider _alpha = new("alpha");
    private readonly FakeProvider _beta = new("beta");
    private readonly ModelDirectory _directory;

    public ModelDirectoryTests() =>
        _directory = Routes.Directory(_time, (_alpha, new ProviderOptions()), (_beta, new ProviderOptions()));

    [Fact]
    public async Task TheFirstQuestion_WaitsForTheProviders()
    {
        _alpha.Models.Add(new ListedModel("m"));
        Assert.False(_directory.IsReady);
        Assert.Equal("m", await FindAsync("m"));
        Assert.True(_directory.IsReady);
    }

    [Fact]
    public async Task AKnownModel_AsksNobody()
    {
        _alpha.Models.Add(new ListedModel("m"));
        await _directory.RefreshAsync(CancellationToken.None);
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(Interval);
            Assert.Equal("m", await FindAsync("m"));
        }

        Assert.Equal(1, _alpha.Listed);
    }

    [Fact]
    public async Task UnknownModels_AreLookedForAgainAtMostOncePerInterval()
    {
        await _directory.RefreshAsync(CancellationToken.None);
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(await FindAsync($"unknown-{i}"));
        }

        Assert.Equal(1, _alpha.Listed);
        _time.Advance(Interval);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => FindAsync($"unknown-{i}")));
        Assert.Equal(2, _alpha.Listed);
    }

    [Fact]
    public async Task AModelPulledAMomentAgo_IsFound()
    {
        await _directory.RefreshAsync(CancellationToken.None);
        _alpha.Models.Add(new ListedModel("new"));
        _time.Advance(Interval);
        Assert.Equal("new", await FindAsync("new"));
    }

    [Fact]
    public async Task CallersThatComeTogether_ShareOneRefresh()
    {
        var gate = new TaskCompletionSource();
        _alpha.Gate = gate.Task;
        var refreshes = Enumerable.Range(0, 50).Select(_ => _directory.RefreshAsync(CancellationToken.None)).ToArray();
        gate.SetResult();
        await Task.WhenAll(refreshes).WaitAsync(TestTimeouts.Default);
        Assert.Equal(1, _alpha.Listed);
        Assert.Equal(1, _beta.Listed);
    }

    [Fact]
    public async Task ACallerThatGivesUp_DoesNotEndTheRefreshOfOthers()
    {
        var gate = new TaskCompletionSource();
        _alpha.Gate = gate.Task;
        _alpha.Models.Add(new ListedModel("m"));
        using var leaving = new CancellationTokenSource();
        var first = _directory.RefreshAsync(leaving.Token);
        var second = _directory.RefreshAsync(CancellationToken.None);
        leaving.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult();
        await second.WaitAsync(TestTimeouts.Default);
        Assert.NotNull(_directory.Current.Find("m"));
    }

    [Fact]
    public async Task RequestsForANewModel_ThatComeTogether_AllFindIt()
    {
        await _directory.RefreshAsync(CancellationToken.None);
        var gate = new TaskCompletionSource();
        _alpha.Gate = gate.Task;
        _alpha.Models.Add(new ListedModel("new"));
        _time.Advance(Interval);
        var found = Enumerable.Range(0, 5).Select(_ => FindAsync("new")).ToArray();
        gate.SetResult();
        Assert.All(await Task.WhenAll(found).WaitAsync(TestTimeouts.Default), name => Assert.Equal("new", name));
    }

    [Fact]
    public async Task AProviderWithNewSettings_KeepsItsModels_UntilItHasBeenAskedAgain()
    {
        _alpha.Models.Add(new ListedModel("m"));
        await _directory.RefreshAsync(CancellationToken.None);
        var changed = new FakeProvider("alpha") { Gate = new TaskCompletionSource().Task };
        var moved = new FakeProvider("beta") { Gate = changed.Gate };
        _ = _directory.ReplaceAsync(Routes.Catalogue((changed, new ProviderOptions { Weight = 2 }), (moved, new ProviderOptions { BaseUrl = "http://elsewhere" })));
        Assert.Same(changed, _directory.Current.Find("m")!.Provider);
        Assert.Equal(2, _directory.Current.Find("m")!.Weight);
    }

    [Fact]
    public async Task AProviderThatCannotBeReached_KeepsItsLastList()
    {
        _alpha.Models.Add(new ListedModel("m"));
        _beta.Models.Add(new ListedModel("b"));
        await _directory.RefreshAsync(CancellationToken.None);
        _alpha.Error = new GatewayError(GatewayErrorCode.UpstreamUnavailable, "gone");
        _beta.Models.Clear();
        await _directory.RefreshAsync(CancellationToken.None);
        Assert.NotNull(_directory.Current.Find("m"));
        Assert.Null(_directory.Current.Find("b"));
        Assert.NotNull(_directory.Current.Providers[0].Error);
        _alpha.Error = null;
        await _directory.RefreshAsync(CancellationToken.None);
        Assert.Null(_directory.Current.Providers[0].Error);
    }

    [Fact]
    public async Task AProviderWithAFixedList_IsOnlyProbed()
    {
        var options = new ProviderOptions { Discover = false, Models = { ["fixed"] = new ModelOptions() } };
        var directory = Routes.Directory(_time, (_alpha, options));
        Assert.NotNull(directory.Current.Find("fixed"));
        _alpha.Models.Add(new ListedModel("listed"));
        await directory.RefreshAsync(CancellationToken.None);
        Assert.Null(directory.Current.Find("listed"));
        _alpha.Error = new GatewayError(GatewayErrorCode.UpstreamUnavailable, "gone");
        await directory.RefreshAsync(CancellationToken.None);
        Assert.NotNull(directory.Current.Find("fixed"));
        Assert.NotNull(directory.Current.Providers[0].Error);
    }

    [Fact]
    public async Task ModelsWithoutAName_AreLeftOut()
    {
        _alpha.Models.AddRange([new ListedModel(null!), new ListedModel(""), new ListedModel("m")]);
        await _directory.RefreshAsync(CancellationToken.None);
        Assert.Equal(["m"], _directory.Current.Models.Select(m => m.Name));
    }

    [Fact]
    public async Task WithoutProviders_EveryModelIsUnknown()
    {
        var directory = Routes.Directory(_time);
        Assert.Null(await directory.FindAsync("m", Interval, CancellationToken.None));
        Assert.True(directory.IsReady);
    }

    private async Task<string?> FindAsync(string name) => (await _directory.FindAsync(name, Interval, TestTimeouts.Token()))?.Listed.UpstreamName;
}

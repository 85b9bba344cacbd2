using LlmGateway.Simulator.Models;
using LlmGateway.TestSupport;

namespace LlmGateway.Simulator.Tests.Models;

public sealed class ModelRuntimeTests
{
    private readonly ManualTimeProvider _time = new();

    private ModelRuntime Runtime(TimeSpan load = default, int slots = 4) =>
        new(new SimulatedModel { Name = "m", LoadTime = load, MaxConcurrency = slots }, _time);

    [Fact]
    public async Task FirstRequest_WaitsForTheLoad_LaterOnesDoNot()
    {
        var runtime = Runtime(TimeSpan.FromSeconds(3));
        var first = runtime.AcquireAsync(null, null, default).AsTask();
        var second = runtime.AcquireAsync(null, null, default).AsTask();
        Assert.False(first.IsCompleted || second.IsCompleted || runtime.IsLoaded);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), (await first).LoadDuration);
        await second;
        Assert.True(runtime.IsLoaded);
        Assert.Equal(TimeSpan.Zero, (await runtime.AcquireAsync(null, null, default)).LoadDuration);
    }

    [Fact]
    public async Task KeepAlive_UnloadsAfterTheLastRequest()
    {
        var runtime = Runtime();
        var lease = await runtime.AcquireAsync(TimeSpan.FromMinutes(1), null, default);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.True(runtime.IsLoaded);
        lease.Dispose();
        lease.Dispose();
        Assert.Equal(_time.GetUtcNow().AddMinutes(1), runtime.ExpiresAt);
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.True(runtime.IsLoaded);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(runtime.IsLoaded);
        Assert.Equal(0, runtime.Active);
    }

    [Fact]
    public async Task ExpiredModel_IsLoadedAnewByTheNextRequest()
    {
        var runtime = Runtime(TimeSpan.FromSeconds(1));
        var first = runtime.AcquireAsync(TimeSpan.FromSeconds(10), null, default).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1));
        (await first).Dispose();
        _time.Advance(TimeSpan.FromMinutes(1));
        var next = runtime.AcquireAsync(null, null, default).AsTask();
        Assert.False(next.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(1), (await next).LoadDuration);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(-1, true)]
    public async Task KeepAlive_ZeroUnloadsAtOnce_NegativeNever(int seconds, bool loaded)
    {
        var runtime = Runtime();
        (await runtime.AcquireAsync(TimeSpan.FromSeconds(seconds), null, default)).Dispose();
        _time.Advance(TimeSpan.FromDays(10));
        Assert.Equal(loaded, runtime.IsLoaded);
        Assert.Null(runtime.ExpiresAt);
    }

    [Fact]
    public async Task Slots_QueueInOrderAndAreFreedOnce()
    {
        var runtime = Runtime(slots: 1);
        var first = await runtime.AcquireAsync(null, null, default);
        var second = runtime.AcquireAsync(null, null, default).AsTask();
        using var leave = new CancellationTokenSource();
        var third = runtime.AcquireAsync(null, null, leave.Token).AsTask();
        Assert.Equal((1, 2), (runtime.Active, runtime.Queued));
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        first.Dispose();
        Assert.Equal(TimeSpan.FromSeconds(2), (await second).QueueDuration);
        Assert.Equal((1, 0), (runtime.Active, runtime.Queued));
    }

    [Fact]
    public void Catalog_TreatsTheDefaultTagAsTheName()
    {
        var catalog = new ModelCatalog(SimulatedModel.Defaults, _time);
        Assert.True(catalog.TryGet("sim-small:latest", out var model));
        Assert.Equal("sim-small", model.Name);
        Assert.False(catalog.TryGet("sim-small:7b", out _));
        Assert.True(catalog.Remove("sim-small:latest"));
        Assert.False(catalog.TryGet("sim-small", out _));
    }
}

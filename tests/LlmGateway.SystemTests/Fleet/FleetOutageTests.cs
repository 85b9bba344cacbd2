using System.Diagnostics;
using LlmGateway.Contracts.Fleet;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.TestGateway;
using LlmGateway.TestGateway.Servers;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.SystemTests.Fleet;

/// <summary>Nothing waits for a Redis that is gone, frozen or not there yet.</summary>
[Collection(SystemCollection.Name)]
public sealed class FleetOutageTests(SystemServers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(Fault.Freeze)]
    [InlineData(Fault.Kill)]
    [InlineData(Fault.Stop)]
    public async Task WithoutTheServer_NothingHangs_AndAllIsWellSoonAfterItsReturn(Fault fault)
    {
        using var host = await FleetMember.StartAsync(servers.NewRedis(), "host");
        var redis = host.Services.GetRequiredService<RedisConnection>();
        var health = host.Services.GetRequiredService<FleetHealth>();
        await FleetMember.SeesAsync(host, view => view.Services.Count == 1);

        await using var outage = await ServerOutage.BeginAsync(servers.Servers, fault, Server.Redis);
        var calls = Enumerable.Range(0, 200).Select(async _ =>
        {
            var watch = Stopwatch.StartNew();
            await Assert.ThrowsAsync<RedisUnavailableException>(async () => await redis.ExecuteAsync(d => d.StringGetAsync("x"), CancellationToken.None));
            return watch.Elapsed;
        });
        // The bound is one second; the rest is a slow machine.
        Assert.All(await Task.WhenAll(calls), elapsed => Assert.InRange(elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(4)));
        await Eventually.IsTrueAsync(() => !health.IsAvailable);
        Assert.Empty(host.Services.GetRequiredService<FleetState>().Current.Services);

        await outage.EndAsync();
        var back = Stopwatch.StartNew();
        await Eventually.IsTrueAsync(() => health.IsAvailable);
        await FleetMember.SeesAsync(host, view => view.Services.Count == 1);
        Assert.InRange(back.Elapsed, TimeSpan.Zero, Patience);
        await host.StopAsync(TestTimeouts.Token());
    }

    [Fact]
    public async Task AHostStartsWithoutAServer_AndFindsItWhenItComes()
    {
        await using var outage = await ServerOutage.BeginAsync(servers.Servers, Fault.Kill, Server.Redis);
        var watch = Stopwatch.StartNew();
        using var host = await FleetMember.StartAsync(servers.NewRedis(), "host");
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.False(host.Services.GetRequiredService<FleetHealth>().IsAvailable);

        await outage.EndAsync();
        watch.Restart();
        await FleetMember.SeesAsync(host, view => view.Services.Count == 1);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, Patience);
        await host.StopAsync(TestTimeouts.Token());
    }
}

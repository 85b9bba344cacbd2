using System.Diagnostics;
using LlmGateway.Contracts.Fleet;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.IntegrationTests.Fleet;

/// <summary>Processes see each other through Redis, and nothing waits for a Redis that is gone, frozen or not there yet.</summary>
public sealed class FleetOverRedisTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task AChange_ReachesAnotherProcessWithinTwoSeconds_AndAGracefulStopToo()
    {
        await using var servers = await PrivateServers.StartOwnAsync(Server.Redis);
        var source = new Source();
        using var first = await StartAsync(servers, "first", source);
        using var second = await StartAsync(servers, "second");
        await SeesAsync(second, view => view.Services.Count == 2);

        var watch = Stopwatch.StartNew();
        source.Publish(new HostReadings("machine") { Processors = 5 });
        await SeesAsync(second, view => view.Hosts is [{ Id: "machine", Processors: 5 }]);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));

        await first.StopAsync(TestTimeouts.Token());
        watch.Restart();
        await SeesAsync(second, view => view is { Services.Count: 1, Hosts.Count: 0 });
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        await second.StopAsync(TestTimeouts.Token());
    }

    [Fact]
    public async Task WhatIsNotRenewed_ExpiresAndLeavesTheIndex()
    {
        await using var servers = await PrivateServers.StartOwnAsync(Server.Redis);
        using var reader = await StartAsync(servers, "reader");
        // As a process that is killed does: it publishes, and is never heard of again.
        var store = reader.Services.GetRequiredService<IFleetStore>();
        await store.PublishAsync([new HostReadings("killed")], TimeSpan.FromSeconds(2), notify: true, CancellationToken.None);
        await SeesAsync(reader, view => view.Hosts.Any(h => h.Id == "killed"));

        await SeesAsync(reader, view => view.Hosts.Count == 0);

        var redis = reader.Services.GetRequiredService<RedisConnection>();
        await UntilAsync(async () => !await redis.ExecuteAsync(d => d.SetContainsAsync("llm-gateway:fleet", "host/killed"), CancellationToken.None));
        await reader.StopAsync(TestTimeouts.Token());
    }

    [Fact]
    public async Task ForeignContent_IsLeftOut()
    {
        await using var servers = await PrivateServers.StartOwnAsync(Server.Redis);
        using var host = await StartAsync(servers, "host");
        await SeesAsync(host, view => view.Services.Count == 1);
        var redis = host.Services.GetRequiredService<RedisConnection>();
        await redis.ExecuteAsync(d => d.StringSetAsync("llm-gateway:fleet:x/1", "{\"kind\":\"from-the-future\",\"id\":\"1\"}"), CancellationToken.None);
        await redis.ExecuteAsync(d => d.StringSetAsync("llm-gateway:fleet:x/2", "no json"), CancellationToken.None);
        await redis.ExecuteAsync(d => d.SetAddAsync("llm-gateway:fleet", ["x/1", "x/2"]), CancellationToken.None);
        await host.Services.GetRequiredService<IFleetStore>().PublishAsync([new HostReadings("after")], TimeSpan.FromMinutes(1), true, CancellationToken.None);
        await SeesAsync(host, view => view is { Services.Count: 1, Hosts.Count: 1, Nodes.Count: 0 });
        await host.StopAsync(TestTimeouts.Token());
    }

    [Theory]
    [InlineData("freeze")]
    [InlineData("kill")]
    [InlineData("stop")]
    public async Task WithoutTheServer_NothingHangs_AndAllIsWellSoonAfterItsReturn(string fault)
    {
        await using var servers = await PrivateServers.StartOwnAsync(Server.Redis);
        using var host = await StartAsync(servers, "host");
        var redis = host.Services.GetRequiredService<RedisConnection>();
        var health = host.Services.GetRequiredService<FleetHealth>();
        await SeesAsync(host, view => view.Services.Count == 1);

        await (fault switch { "freeze" => servers.FreezeAsync(Server.Redis), "kill" => servers.KillAsync(Server.Redis), _ => servers.StopAsync(Server.Redis) });
        var calls = Enumerable.Range(0, 200).Select(async _ =>
        {
            var watch = Stopwatch.StartNew();
            await Assert.ThrowsAsync<RedisUnavailableException>(async () => await redis.ExecuteAsync(d => d.StringGetAsync("x"), CancellationToken.None));
            return watch.Elapsed;
        });
        // The bound is one second; the rest is a slow machine.
        Assert.All(await Task.WhenAll(calls), elapsed => Assert.InRange(elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(4)));
        await UntilAsync(() => Task.FromResult(!health.IsAvailable));
        Assert.Empty(host.Services.GetRequiredService<FleetState>().Current.Services);

        await (fault == "freeze" ? servers.ThawAsync(Server.Redis) : servers.StartAsync(Server.Redis));
        var back = Stopwatch.StartNew();
        await UntilAsync(() => Task.FromResult(health.IsAvailable));
        await SeesAsync(host, view => view.Services.Count == 1);
        Assert.InRange(back.Elapsed, TimeSpan.Zero, Patience);
        await host.StopAsync(TestTimeouts.Token());
    }

    [Fact]
    public async Task AHostStartsWithoutAServer_AndFindsItWhenItComes()
    {
        await using var servers = await PrivateServers.StartOwnAsync(Server.Redis);
        await servers.KillAsync(Server.Redis);
        var watch = Stopwatch.StartNew();
        using var host = await StartAsync(servers, "host");
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.False(host.Services.GetRequiredService<FleetHealth>().IsAvailable);

        await servers.StartAsync(Server.Redis);
        watch.Restart();
        await SeesAsync(host, view => view.Services.Count == 1);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, Patience);
        await host.StopAsync(TestTimeouts.Token());
    }

    private static async Task<IHost> StartAsync(PrivateServers servers, string instance, IFleetSource? source = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(
        [
            new("ConnectionStrings:redis", servers.ConnectionString(Server.Redis)),
            new("Service:InstanceId", instance),
        ]);
        builder.AddFleet("test");
        if (source is not null)
        {
            builder.Services.AddSingleton(source);
        }

        var host = builder.Build();
        await host.StartAsync(TestTimeouts.Token());
        return host;
    }

    private static Task SeesAsync(IHost host, Func<FleetView, bool> condition) =>
        UntilAsync(() => Task.FromResult(condition(host.Services.GetRequiredService<FleetState>().Current)));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var end = TestTimeouts.Token();
        while (!await condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), end);
        }
    }

    private sealed class Source : IFleetSource
    {
        public event Action? Changed;

        public IReadOnlyList<FleetEntry> Entries { get; private set; } = [];

        public void Publish(params FleetEntry[] entries)
        {
            Entries = entries;
            Changed?.Invoke();
        }
    }
}

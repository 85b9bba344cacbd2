using System.Diagnostics;
using LlmGateway.Contracts.Fleet;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.TestGateway;
using LlmGateway.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.IntegrationTests.Fleet;

/// <summary>Processes see each other through Redis.</summary>
[Collection(GatewayCollection.Name)]
public sealed class FleetOverRedisTests(SharedGatewayServers servers)
{
    [Fact]
    public async Task AChange_ReachesAnotherProcessWithinTwoSeconds_AndAGracefulStopToo()
    {
        var address = servers.NewRedis();
        var source = new Source();
        using var first = await FleetMember.StartAsync(address, "first", source);
        using var second = await FleetMember.StartAsync(address, "second");
        await FleetMember.SeesAsync(second, view => view.Services.Count == 2);

        var watch = Stopwatch.StartNew();
        source.Publish(new HostReadings("machine") { Processors = 5 });
        await FleetMember.SeesAsync(second, view => view.Hosts is [{ Id: "machine", Processors: 5 }]);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));

        await first.StopAsync(TestTimeouts.Token());
        watch.Restart();
        await FleetMember.SeesAsync(second, view => view is { Services.Count: 1, Hosts.Count: 0 });
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        await second.StopAsync(TestTimeouts.Token());
    }

    [Fact]
    public async Task WhatIsNotRenewed_ExpiresAndLeavesTheIndex()
    {
        var address = servers.NewRedis();
        using var reader = await FleetMember.StartAsync(address, "reader");
        // As a process that is killed does: it publishes, and is never heard of again.
        var store = reader.Services.GetRequiredService<IFleetStore>();
        await store.PublishAsync([new HostReadings("killed")], TimeSpan.FromSeconds(2), notify: true, CancellationToken.None);
        await FleetMember.SeesAsync(reader, view => view.Hosts.Any(h => h.Id == "killed"));

        await FleetMember.SeesAsync(reader, view => view.Hosts.Count == 0);

        var redis = reader.Services.GetRequiredService<RedisConnection>();
        await Eventually.IsTrueAsync(async () => !await redis.ExecuteAsync(d => d.SetContainsAsync("llm-gateway:fleet", "host/killed"), CancellationToken.None));
        await reader.StopAsync(TestTimeouts.Token());
    }

    [Fact]
    public async Task ForeignContent_IsLeftOut()
    {
        var address = servers.NewRedis();
        using var host = await FleetMember.StartAsync(address, "host");
        await FleetMember.SeesAsync(host, view => view.Services.Count == 1);
        var redis = host.Services.GetRequiredService<RedisConnection>();
        await redis.ExecuteAsync(d => d.StringSetAsync("llm-gateway:fleet:x/1", "{\"kind\":\"from-the-future\",\"id\":\"1\"}"), CancellationToken.None);
        await redis.ExecuteAsync(d => d.StringSetAsync("llm-gateway:fleet:x/2", "no json"), CancellationToken.None);
        await redis.ExecuteAsync(d => d.SetAddAsync("llm-gateway:fleet", ["x/1", "x/2"]), CancellationToken.None);
        await host.Services.GetRequiredService<IFleetStore>().PublishAsync([new HostReadings("after")], TimeSpan.FromMinutes(1), true, CancellationToken.None);
        await FleetMember.SeesAsync(host, view => view is { Services.Count: 1, Hosts.Count: 1, Nodes.Count: 0 });
        await host.StopAsync(TestTimeouts.Token());
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

using System.Diagnostics;
using LlmGateway.Contracts.Events;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.ServiceDefaults.Messaging;
using LlmGateway.TestGateway.Messaging;
using LlmGateway.TestGateway.Servers;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.SystemTests.Messaging;

/// <summary>The bus without a broker, and with one that comes and goes.</summary>
[Collection(SystemCollection.Name)]
public sealed class BrokerOutageTests(SystemServers servers)
{
    [Fact]
    public async Task TheHost_StartsWithoutABroker_AndSendsWhenItComes()
    {
        // There before the host is: what it sends first must meet a queue.
        var lasting = $"test-{Guid.NewGuid():N}";
        await (await PlainQueue.OpenLastingAsync(servers.Broker, lasting, EventNames.ModelLoaded)).DisposeAsync();
        await using var stopped = await ServerOutage.BeginAsync(servers.Servers, Fault.Stop, Server.RabbitMq);
        using var host = BusHost.Build(servers.Broker);
        await host.StartAsync(TestTimeouts.Token());
        var publisher = host.Services.GetRequiredService<EventPublisher>();
        publisher.Publish(new ModelLoaded { Node = "early", Model = "m", Timestamp = DateTimeOffset.UnixEpoch });
        await Eventually.IsTrueAsync(() => publisher.Away);
        await AssertHealthAsync(host, HealthStatus.Degraded);

        await stopped.EndAsync();
        await using var queue = await PlainQueue.OpenLastingAsync(servers.Broker, lasting, EventNames.ModelLoaded);
        Assert.Contains("early", (await queue.Received.ReadAsync(TestTimeouts.Token())).Body, StringComparison.Ordinal);
        await Eventually.IsTrueAsync(() => !publisher.Away);

        // A frozen broker is the same as a dead one, and what waits arrives once it thaws.
        await using var frozen = await ServerOutage.BeginAsync(servers.Servers, Fault.Freeze, Server.RabbitMq);
        publisher.Publish(new ModelLoaded { Node = "frozen", Model = "m", Timestamp = DateTimeOffset.UnixEpoch });
        await Eventually.IsTrueAsync(() => publisher.Away);
        await AssertHealthAsync(host, HealthStatus.Degraded);
        await frozen.EndAsync();
        Assert.Contains("frozen", (await queue.Received.ReadAsync(TestTimeouts.Token())).Body, StringComparison.Ordinal);
        await Eventually.IsTrueAsync(() => !publisher.Away);
        await AssertHealthAsync(host, HealthStatus.Healthy);

        await using var forGood = await ServerOutage.BeginAsync(servers.Servers, Fault.Freeze, Server.RabbitMq);
        publisher.Publish(new ModelLoaded { Node = "lost", Model = "m", Timestamp = DateTimeOffset.UnixEpoch });
        var clock = Stopwatch.StartNew();
        await host.StopAsync(TestTimeouts.Token());
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(25), $"Stopping took {clock.Elapsed}.");
    }

    /// <summary>As at the model manager, which sends little and receives nothing.</summary>
    [Fact]
    public async Task ABrokerThatIsGone_ShowsInHealth_ThoughNothingIsSent()
    {
        using var host = BusHost.Build(servers.Broker);
        await host.StartAsync(TestTimeouts.Token());
        await AssertHealthAsync(host, HealthStatus.Healthy);

        await using var killed = await ServerOutage.BeginAsync(servers.Servers, Fault.Kill, Server.RabbitMq);
        await AssertHealthAsync(host, HealthStatus.Degraded);
        await killed.EndAsync();
        await AssertHealthAsync(host, HealthStatus.Healthy);
        await host.StopAsync(TestTimeouts.Token());
    }

    private static Task AssertHealthAsync(IHost host, HealthStatus status) => Eventually.IsTrueAsync(
        async () =>
        {
            var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
            Assert.Equal([Connections.Broker], report.Entries.Keys);
            Assert.NotEqual(HealthStatus.Unhealthy, report.Status);
            return report.Status == status;
        },
        $"the broker's check is {status}");
}

using System.Diagnostics;
using System.Text.Json;
using LlmGateway.Contracts.Events;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.ServiceDefaults.Messaging;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmGateway.IntegrationTests.Messaging;

/// <summary>The bus against a real broker, and without one.</summary>
public sealed class GatewayBusTests
{
    [Fact]
    public async Task AnEvent_ReachesAPlainQueue_AsPlainJsonWithItsTrace()
    {
        var servers = await PrivateServers.SharedAsync(Server.RabbitMq);
        await using var queue = await PlainQueue.OpenAsync(servers.ConnectionString(Server.RabbitMq), EventNames.ModelUnloaded);
        using var host = Host(servers.ConnectionString(Server.RabbitMq));
        await host.StartAsync(TestTimeouts.Token());
        using var activity = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();

        host.Services.GetRequiredService<IEventPublisher>().Publish(new ModelUnloaded { Node = "n1", Model = "🦊", Timestamp = DateTimeOffset.UnixEpoch });

        var message = await queue.Received.ReadAsync(TestTimeouts.Token());
        Assert.Equal("llm.model.unloaded", message.Exchange);
        Assert.Equal("application/json", message.ContentType);
        Assert.Equal(activity.Id, message.Headers["traceparent"]);
        Assert.NotNull(message.Id);
        var body = JsonDocument.Parse(message.Body).RootElement;
        Assert.Equal(["model", "node", "timestamp"], body.EnumerateObject().Select(p => p.Name).Order());
        Assert.Equal("🦊", body.GetProperty("model").GetString());
        await host.StopAsync(TestTimeouts.Token());
    }

    /// <summary>As at the model manager, which sends little and receives nothing.</summary>
    [Fact]
    public async Task ABrokerThatIsGone_ShowsInHealth_ThoughNothingIsSent()
    {
        await using var servers = await PrivateServers.StartOwnAsync(Server.RabbitMq);
        using var host = Host(servers.ConnectionString(Server.RabbitMq));
        await host.StartAsync(TestTimeouts.Token());
        await UntilHealthAsync(HealthStatus.Healthy);
        await servers.KillAsync(Server.RabbitMq);
        await UntilHealthAsync(HealthStatus.Degraded);
        await servers.StartAsync(Server.RabbitMq);
        await UntilHealthAsync(HealthStatus.Healthy);
        await host.StopAsync(TestTimeouts.Token());

        Task UntilHealthAsync(HealthStatus status) => Eventually.IsTrueAsync(
            async () => (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Name == Connections.Broker)).Status == status,
            $"the check is {status}");
    }

    [Fact]
    public async Task TheHost_StartsWithoutABroker_AndSendsWhenItComes()
    {
        await using var servers = await PrivateServers.StartOwnAsync(Server.RabbitMq);
        await servers.StopAsync(Server.RabbitMq);
        using var host = Host(servers.ConnectionString(Server.RabbitMq));
        await host.StartAsync(TestTimeouts.Token());
        var publisher = host.Services.GetRequiredService<EventPublisher>();
        publisher.Publish(new ModelLoaded { Node = "early", Model = "m", Timestamp = DateTimeOffset.UnixEpoch });
        await UntilAsync(() => publisher.Away);
        await AssertHealthAsync(host, HealthStatus.Degraded);

        await servers.StartAsync(Server.RabbitMq);
        await using var queue = await PlainQueue.OpenAsync(servers.ConnectionString(Server.RabbitMq), EventNames.ModelLoaded);
        Assert.Contains("early", (await queue.Received.ReadAsync(TestTimeouts.Token())).Body, StringComparison.Ordinal);
        await UntilAsync(() => !publisher.Away);

        // A frozen broker is the same as a dead one, and what waits arrives once it thaws.
        await servers.FreezeAsync(Server.RabbitMq);
        publisher.Publish(new ModelLoaded { Node = "frozen", Model = "m", Timestamp = DateTimeOffset.UnixEpoch });
        await UntilAsync(() => publisher.Away);
        await AssertHealthAsync(host, HealthStatus.Degraded);
        await servers.ThawAsync(Server.RabbitMq);
        Assert.Contains("frozen", (await queue.Received.ReadAsync(TestTimeouts.Token())).Body, StringComparison.Ordinal);
        await UntilAsync(() => !publisher.Away);
        await AssertHealthAsync(host, HealthStatus.Healthy);

        await servers.FreezeAsync(Server.RabbitMq);
        publisher.Publish(new ModelLoaded { Node = "lost", Model = "m", Timestamp = DateTimeOffset.UnixEpoch });
        var clock = Stopwatch.StartNew();
        await host.StopAsync(TestTimeouts.Token());
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(25), $"Stopping took {clock.Elapsed}.");
    }

    [Fact]
    public async Task WithoutAConnectionString_ThereIsNoBus()
    {
        using var host = Host(null);
        await host.StartAsync(TestTimeouts.Token());
        host.Services.GetRequiredService<IEventPublisher>().Publish(new ModelLoaded { Node = "n", Model = "m", Timestamp = DateTimeOffset.UnixEpoch });
        Assert.Null(host.Services.GetService<IBus>());
        await host.StopAsync(TestTimeouts.Token());
    }

    [Fact]
    public async Task AnAddressThatIsNone_IsToldAtStart_WithoutItsPassword()
    {
        using var host = Host("rabbit://guest:very-secret@localhost");
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestTimeouts.Token()));
        Assert.Contains("amqp://", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret", error.ToString(), StringComparison.Ordinal);
    }

    private static IHost Host(string? address)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new($"ConnectionStrings:{Connections.Broker}", address)]);
        builder.AddGatewayBus();
        return builder.Build();
    }

    private static async Task AssertHealthAsync(IHost host, HealthStatus status)
    {
        HealthReport report;
        var end = TestTimeouts.Token();
        do
        {
            end.ThrowIfCancellationRequested();
            report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(end);
            Assert.Equal([Connections.Broker], report.Entries.Keys);
            Assert.NotEqual(HealthStatus.Unhealthy, report.Status);
        }
        while (report.Status != status);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var end = TestTimeouts.Token();
        while (!condition())
        {
            end.ThrowIfCancellationRequested();
            await Task.Delay(20, CancellationToken.None);
        }
    }
}

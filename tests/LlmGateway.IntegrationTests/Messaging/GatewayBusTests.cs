using System.Diagnostics;
using System.Text.Json;
using LlmGateway.Contracts.Events;
using LlmGateway.ServiceDefaults.Messaging;
using LlmGateway.TestGateway.Messaging;
using LlmGateway.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.IntegrationTests.Messaging;

/// <summary>The bus against a real broker.</summary>
[Collection(GatewayCollection.Name)]
public sealed class GatewayBusTests(SharedGatewayServers servers)
{
    [Fact]
    public async Task AnEvent_ReachesAPlainQueue_AsPlainJsonWithItsTrace()
    {
        await using var queue = await PlainQueue.OpenAsync(servers.Broker, EventNames.ModelUnloaded);
        using var host = BusHost.Build(servers.Broker);
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
}

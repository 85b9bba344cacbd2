using LlmGateway.Contracts.Events;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.ServiceDefaults.Messaging;
using LlmGateway.TestSupport;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Tests.Messaging;

/// <summary>The bus without an address, and with one that is none.</summary>
public sealed class GatewayBusTests
{
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
}

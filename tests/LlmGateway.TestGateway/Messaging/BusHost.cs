using LlmGateway.ServiceDefaults.Messaging;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.TestGateway.Messaging;

/// <summary>A host of nothing but the bus.</summary>
public static class BusHost
{
    public static IHost Build(string broker)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:rabbitmq", broker)]);
        builder.AddGatewayBus();
        return builder.Build();
    }
}

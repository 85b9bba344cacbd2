using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace LlmGateway.IntegrationTests.Servers;

/// <summary>A Redis that answers and takes no writes is not well.</summary>
public sealed class RedisHealthTests
{
    [Fact]
    public async Task AServerThatTakesNoWrites_ShowsInHealth()
    {
        await using var servers = await PrivateServers.StartOwnAsync(Server.Redis);
        var address = servers.ConnectionString(Server.Redis);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:redis", address)]);
        builder.AddGatewayRedis();
        using var host = builder.Build();
        await host.StartAsync(TestTimeouts.Token());
        await UntilAsync(HealthStatus.Healthy);

        await AdministerAsync("replicaof", "127.0.0.1", "1");
        await UntilAsync(HealthStatus.Degraded);
        await AdministerAsync("replicaof", "no", "one");
        await UntilAsync(HealthStatus.Healthy);
        await host.StopAsync(TestTimeouts.Token());

        async Task AdministerAsync(string command, params object[] arguments)
        {
            await using var redis = await ConnectionMultiplexer.ConnectAsync(address + ",allowAdmin=true");
            await redis.GetServers()[0].ExecuteAsync(command, arguments);
        }

        Task UntilAsync(HealthStatus status) => Eventually.IsTrueAsync(
            async () => (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Name == Connections.Redis)).Status == status,
            $"the check is {status}");
    }
}

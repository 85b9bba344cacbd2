using LlmGateway.TestSupport.Servers;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace LlmGateway.IntegrationTests.Servers;

/// <summary>Every client library reaches its server through the connection string that Aspire would give.</summary>
[Collection(GatewayCollection.Name)]
public sealed class ClientTests(SharedGatewayServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Redis_KeepsAValueUntilItExpires()
    {
        using var host = Host("redis", servers.Redis, builder => builder.AddRedisClient("redis"));
        var database = host.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();
        var key = $"test:{Guid.NewGuid():N}";

        await database.StringSetAsync(key, "🦊", TimeSpan.FromMinutes(1));

        Assert.Equal("🦊", (string?)await database.StringGetAsync(key));
        Assert.InRange((await database.KeyTimeToLiveAsync(key))!.Value.TotalSeconds, 1, 60);
        await AssertHealthyAsync(host);
    }

    [Fact]
    public async Task Postgres_AnswersThroughEntityFramework()
    {
        using var host = Host("gatewaydb", servers.Postgres, builder => builder.AddNpgsqlDbContext<EmptyContext>("gatewaydb"));
        using var scope = host.Services.CreateScope();
        var context = scope.ServiceProvider.GetRequiredService<EmptyContext>();

        var values = await context.Database.SqlQuery<string>($"select '🦊' || {1} as \"Value\"").ToListAsync();

        Assert.Equal(["🦊1"], values);
        await AssertHealthyAsync(host);
    }

    [Fact]
    public async Task RabbitMq_DeliversAMessageToItsConsumer()
    {
        var received = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var host = Host("rabbitmq", servers.Broker, builder =>
        {
            builder.Services.AddSingleton(received);
            builder.Services.AddMassTransit(bus =>
            {
                bus.AddConsumer<PingConsumer>();
                bus.UsingRabbitMq((context, rabbit) =>
                {
                    rabbit.Host(new Uri(servers.Broker));
                    rabbit.ReceiveEndpoint($"test-{Guid.NewGuid():N}", endpoint =>
                    {
                        endpoint.AutoDelete = true;
                        endpoint.ConfigureConsumer<PingConsumer>(context);
                    });
                });
            });
        });
        using var limit = new CancellationTokenSource(Deadline);
        await host.StartAsync(limit.Token);
        await host.Services.GetRequiredService<IBusControl>().WaitForHealthStatus(BusHealthStatus.Healthy, limit.Token);

        await host.Services.GetRequiredService<IBus>().Publish(new Ping("🦊"), limit.Token);

        Assert.Equal("🦊", await received.Task.WaitAsync(limit.Token));
        await host.StopAsync(limit.Token);
    }

    [Fact]
    public async Task SharedServers_CannotBeHarmed() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => servers.Servers.KillAsync(Server.Redis));

    private static IHost Host(string name, string connectionString, Action<HostApplicationBuilder> configure)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new($"ConnectionStrings:{name}", connectionString)]);
        configure(builder);
        return builder.Build();
    }

    private static async Task AssertHealthyAsync(IHost host)
    {
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Healthy, report.Status);
        Assert.NotEmpty(report.Entries);
    }

    public sealed record Ping(string Text);

    private sealed class EmptyContext(DbContextOptions<EmptyContext> options) : DbContext(options);

    private sealed class PingConsumer(TaskCompletionSource<string> received) : IConsumer<Ping>
    {
        public Task Consume(ConsumeContext<Ping> context)
        {
            received.TrySetResult(context.Message.Text);
            return Task.CompletedTask;
        }
    }
}

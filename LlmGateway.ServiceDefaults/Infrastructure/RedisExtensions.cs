using LlmGateway.Settings.Reading;
using LlmGateway.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace LlmGateway.ServiceDefaults.Infrastructure;

public static class RedisExtensions
{
    private const int KeepAliveSeconds = 5;

    private static readonly TimeSpan ReconnectInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan HealthCheckTimeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Adds <see cref="RedisConnection"/> to the server of connection string <c>redis</c>, and its health check; nothing when there
    /// is no such connection string. May be called more than once.
    /// </summary>
    public static IHostApplicationBuilder AddGatewayRedis(this IHostApplicationBuilder builder)
    {
        if (!builder.HasConnection(Connections.Redis) || builder.Services.Any(s => s.ServiceType == typeof(RedisConnection)))
        {
            return builder;
        }

        var configuration = builder.Configuration;
        builder.Services.AddSettings<RedisOptions>(configuration, RedisOptions.Section);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.AddRedisClient(Connections.Redis, settings =>
        {
            settings.DisableHealthChecks = true;
            // A span per command, most of them of polling: 99 % of all traces of an idle system.
            settings.DisableTracing = true;
        }, client =>
        {
            var options = SettingsReader.Get<RedisOptions>(configuration, RedisOptions.Section);
            // Without a server the client is made all the same, and connects as soon as there is one.
            client.AbortOnConnectFail = false;
            client.ConnectTimeout = (int)options.ConnectTimeout.TotalMilliseconds;
            client.SyncTimeout = (int)options.CommandTimeout.TotalMilliseconds;
            client.KeepAlive = KeepAliveSeconds;
            // The client's own pauses double with each attempt: after a long outage it would notice the server's return late.
            client.ReconnectRetryPolicy = new LinearRetry((int)ReconnectInterval.TotalMilliseconds);
        });
        builder.Services.AddSingleton<RedisConnection>();
        builder.Services.AddHostedService(services => services.GetRequiredService<RedisConnection>());
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            Connections.Redis, services => ActivatorUtilities.CreateInstance<RedisHealthCheck>(services), HealthStatus.Degraded, tags: ["ready"], HealthCheckTimeout));
        return builder;
    }
}

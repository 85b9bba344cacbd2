using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace LlmGateway.ServiceDefaults.Infrastructure;

/// <summary>
/// Degraded, never unready, while Redis does not answer or takes no writes, as a replica and a full server: what needs it says so by itself,
/// and the rest goes on.
/// </summary>
internal sealed class RedisHealthCheck(RedisConnection redis) : IHealthCheck
{
    private static readonly RedisKey Key = $"llm-gateway:health:{Guid.NewGuid():N}";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await redis.ExecuteAsync(database => database.StringSetAsync(Key, "1", Lifetime), cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (RedisUnavailableException e)
        {
            var reason = e.InnerException is RedisServerException ? "Redis takes no writes (a replica, or out of memory)." : e.Message;
            return new HealthCheckResult(context.Registration.FailureStatus, reason);
        }
    }
}

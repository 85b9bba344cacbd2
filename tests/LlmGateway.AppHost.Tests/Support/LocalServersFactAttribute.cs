namespace LlmGateway.AppHost.Tests.Support;

/// <summary>A test that runs PostgreSQL, Redis and RabbitMQ from Debian's packages: skipped where those are not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LocalServersFactAttribute : FactAttribute
{
    private static readonly string[] Needed = ["/usr/lib/postgresql", "/usr/bin/redis-server", "/usr/lib/rabbitmq"];

    public LocalServersFactAttribute()
    {
        if (!Needed.All(Path.Exists))
        {
            Skip = "Needs the Debian packages postgresql, redis-server and rabbitmq-server.";
        }
    }
}

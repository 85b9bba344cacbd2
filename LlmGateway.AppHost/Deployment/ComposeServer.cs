using Aspire.Hosting.Docker.Resources.ComposeNodes;

namespace LlmGateway.AppHost.Deployment;

/// <summary>What the Compose file says of Redis, PostgreSQL, RabbitMQ and Ollama beyond what Aspire writes.</summary>
internal static class ComposeServer
{
    public static void Complete(Service container, ContainerResource server)
    {
        // RabbitMQ keeps its queues under its host name, which would be a new one with every new container.
        container.Hostname = container.Name;
        // To write out what they were given.
        container.StopGracePeriod = "120s";
        container.Healthcheck = new()
        {
            // "$$": the container's variable, not one of Compose.
            Test = server switch
            {
                RedisResource => ["CMD-SHELL", "REDISCLI_AUTH=\"$$REDIS_PASSWORD\" redis-cli ping | grep -q PONG"],
                // By TCP: while the image makes the database, a server answers on the socket only and is not the one to wait for.
                PostgresServerResource => ["CMD-SHELL", "pg_isready --quiet --host=127.0.0.1 --username=\"$$POSTGRES_USER\""],
                RabbitMQServerResource => ["CMD", "rabbitmq-diagnostics", "--quiet", "check_port_connectivity"],
                _ => ["CMD", "ollama", "list"],
            },
            Interval = server is RabbitMQServerResource ? "30s" : "10s",
            Timeout = server is RabbitMQServerResource ? "25s" : "5s",
            Retries = 6,
            StartPeriod = "60s",
        };
    }
}

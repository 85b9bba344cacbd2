using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;

namespace LlmGateway.AppHost.Servers;

internal static class ServerHealthChecks
{
    /// <summary>A server that does not answer for this long is unhealthy.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>A server that is no container of Aspire's is healthy when it lets a client in.</summary>
    /// <param name="connection">What the connection string is for: <c>redis</c>, <c>gatewaydb</c> or <c>rabbitmq</c>.</param>
    public static IResourceBuilder<T> WithServerHealthCheck<T>(this IResourceBuilder<T> server, string connection, string connectionString)
        where T : IResource
    {
        var key = $"{connection}_server";
        var checks = server.ApplicationBuilder.Services.AddHealthChecks();
        switch (connection)
        {
            case ServerExtensions.Redis:
                checks.AddRedis(connectionString, key, timeout: Timeout);
                break;
            case ServerExtensions.Database:
                checks.AddNpgSql(connectionString, name: key, timeout: Timeout);
                break;
            case ServerExtensions.RabbitMq:
                var broker = new Broker(connectionString);
                checks.AddRabbitMQ(_ => broker.ConnectAsync(), key, timeout: Timeout);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(connection));
        }

        return server.WithHealthCheck(key);
    }

    /// <summary>One connection for all checks, made anew when it broke. Checks of one resource do not overlap.</summary>
    private sealed class Broker(string connectionString)
    {
        private IConnection? _connection;

        public async Task<IConnection> ConnectAsync()
        {
            if (_connection is not { IsOpen: true })
            {
                _connection?.Dispose();
                var factory = new ConnectionFactory { Uri = new Uri(connectionString), AutomaticRecoveryEnabled = false, RequestedConnectionTimeout = Timeout };
                _connection = await factory.CreateConnectionAsync("LlmGateway.AppHost health check");
            }

            return _connection;
        }
    }
}

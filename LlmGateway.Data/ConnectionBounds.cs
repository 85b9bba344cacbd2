using System.Data.Common;
using Npgsql;

namespace LlmGateway.Data;

/// <summary>Bounds every call on a connection string in time, and its connections in number, where the operator has not.</summary>
internal static class ConnectionBounds
{
    /// <summary>Milliseconds that a cancelled command waits for the server's word before the connection is dropped.</summary>
    private const int CancellationTimeout = 500;

    /// <summary>Seconds that a connection is kept.</summary>
    private const int Lifetime = 300;

    public static string Apply(string connectionString, DatabaseOptions options)
    {
        var given = new DbConnectionStringBuilder { ConnectionString = connectionString };
        var bounded = new NpgsqlConnectionStringBuilder(connectionString);
        if (!given.ContainsKey("Timeout"))
        {
            bounded.Timeout = (int)options.ConnectTimeout.TotalSeconds;
        }

        if (!given.ContainsKey("Command Timeout") && !given.ContainsKey("CommandTimeout"))
        {
            bounded.CommandTimeout = (int)options.CommandTimeout.TotalSeconds;
        }

        if (!given.ContainsKey("Cancellation Timeout") && !given.ContainsKey("CancellationTimeout"))
        {
            bounded.CancellationTimeout = CancellationTimeout;
        }

        if (!given.ContainsKey("Maximum Pool Size") && !given.ContainsKey("MaxPoolSize"))
        {
            // Never below what the operator wants kept open.
            bounded.MaxPoolSize = Math.Max(options.MaxConnections, bounded.MinPoolSize);
        }

        if (!given.ContainsKey("Connection Lifetime") && !given.ContainsKey("ConnectionLifetime"))
        {
            // A name that leads to another server after a failover is looked up again.
            bounded.ConnectionLifetime = Lifetime;
        }

        if (bounded.Host?.Contains(',', StringComparison.Ordinal) == true && !given.ContainsKey("Target Session Attributes") && !given.ContainsKey("TargetSessionAttributes"))
        {
            // Of several servers the one that takes writes.
            bounded.TargetSessionAttributes = "read-write";
        }

        return bounded.ConnectionString;
    }
}

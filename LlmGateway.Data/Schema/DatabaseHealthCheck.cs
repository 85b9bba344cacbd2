using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace LlmGateway.Data.Schema;

/// <summary>Asks the server for an answer, bounded by the registration's timeout, and whether it takes writes.</summary>
internal sealed class DatabaseHealthCheck(NpgsqlDataSource database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var command = database.CreateCommand("select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean");
            if (await command.ExecuteScalarAsync(cancellationToken) is not true)
            {
                return HealthCheckResult.Healthy();
            }

            database.Clear();
            return new HealthCheckResult(context.Registration.FailureStatus, "The database takes no writes (a standby, or read-only).");
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "The database does not answer.", exception);
        }
    }
}

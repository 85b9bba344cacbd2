using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmGateway.Data.Journal;

/// <summary>Degraded while rows wait on disk or have been lost: requests are served all the same.</summary>
internal sealed class WriterHealthCheck<T>(BatchWriter<T> writer) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var data = new Dictionary<string, object> { ["journalBytes"] = writer.JournalBytes, ["lostRows"] = writer.Lost };
        return Task.FromResult(writer switch
        {
            { Lost: > 0 } => HealthCheckResult.Degraded("Rows were lost: the journal is full or cannot be written.", data: data),
            { Away: true } => HealthCheckResult.Degraded("The database is away; rows wait in the journal.", data: data),
            _ => HealthCheckResult.Healthy(data: data),
        });
    }
}

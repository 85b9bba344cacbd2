namespace Aspire.Npgsql.EntityFrameworkCore.PostgreSQL;

/// <summary>
/// Settings of section <c>Aspire:Npgsql:EntityFrameworkCore:PostgreSQL[:ContextName]</c>; the connection string of the
/// context's name comes first.
/// </summary>
public sealed class NpgsqlEntityFrameworkCorePostgreSQLSettings
{
    public string? ConnectionString { get; set; }

    public bool DisableRetry { get; set; }

    public bool DisableHealthChecks { get; set; }

    /// <summary>Accepted for compatibility: traces come from the <c>Npgsql</c> source, which whoever collects them adds.</summary>
    public bool DisableTracing { get; set; }

    /// <summary>Accepted for compatibility: metrics come from the <c>Npgsql</c> meter, which whoever collects them adds.</summary>
    public bool DisableMetrics { get; set; }

    /// <summary>Seconds after which a command is given up; null leaves it to the connection string.</summary>
    public int? CommandTimeout { get; set; }
}

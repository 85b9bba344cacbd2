namespace Aspire.StackExchange.Redis;

/// <summary>Settings of section <c>Aspire:StackExchange:Redis</c>; the connection string of the client's name comes first.</summary>
public sealed class StackExchangeRedisSettings
{
    public string? ConnectionString { get; set; }

    public bool DisableHealthChecks { get; set; }

    /// <summary>Accepted for compatibility: the client of this package set has no tracing to disable.</summary>
    public bool DisableTracing { get; set; }
}

using LlmGateway.Contracts.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace LlmGateway.ServiceDefaults.Health;

/// <summary>Degraded for a while after a defect: the log has its stack, and somebody should look.</summary>
internal sealed class DefectsHealthCheck(DefectWatch watch) : IHealthCheck
{
    public const string Name = "defects";

    private static readonly TimeSpan While = TimeSpan.FromMinutes(10);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(watch.SinceLast < While
            ? HealthCheckResult.Degraded("An exception that no outage explains was met in the last minutes; the log has its stack.")
            : HealthCheckResult.Healthy());
}

/// <summary>Notices defects where all of a host's come by: in its log.</summary>
internal sealed class DefectWatch(TimeProvider time) : ILoggerProvider, ILogger
{
    private const long Never = long.MinValue;
    private long _last = Never;

    public TimeSpan? SinceLast => Volatile.Read(ref _last) is not Never and var last ? time.GetElapsedTime(last) : null;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id is Defects.EventId or Defects.AgainEventId)
        {
            Volatile.Write(ref _last, time.GetTimestamp());
        }
    }

    public void Dispose()
    {
    }
}

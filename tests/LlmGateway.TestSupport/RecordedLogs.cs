using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace LlmGateway.TestSupport;

/// <summary>Keeps what is logged at a level or above it, from every category.</summary>
public sealed class RecordedLogs(LogLevel minimum = LogLevel.Information) : ILoggerProvider, ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Message, Exception? Exception)> _entries = new();

    /// <summary>The messages, without exceptions.</summary>
    public IReadOnlyList<string> Lines => [.. _entries.Select(entry => entry.Message)];

    /// <summary>Messages of level Error and above, with their exceptions.</summary>
    public IReadOnlyList<string> Errors => [.. _entries.Where(entry => entry.Level >= LogLevel.Error).Select(entry => entry.Message + entry.Exception)];

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= minimum;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            _entries.Enqueue((logLevel, formatter(state, exception), exception));
        }
    }

    public void Dispose()
    {
    }
}

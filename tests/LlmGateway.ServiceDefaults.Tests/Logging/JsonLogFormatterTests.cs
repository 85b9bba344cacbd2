using System.Diagnostics;
using System.Text.Json;
using LlmGateway.ServiceDefaults.Logging;
using LlmGateway.TestSupport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmGateway.ServiceDefaults.Tests.Logging;

public class JsonLogFormatterTests
{
    [Fact]
    public void ALine_IsOneFlatObject_WithTheValuesOfItsMessage()
    {
        var line = Write(logger => logger.LogWarning(new EventId(7), "Provider {Provider} took {Seconds} s\nand {Nothing}", "ollama", 1.5, null));

        Assert.Equal("warning", line.GetProperty("level").GetString());
        Assert.Equal("test", line.GetProperty("category").GetString());
        Assert.Equal(7, line.GetProperty("eventId").GetInt32());
        Assert.Equal("Provider ollama took 1.5 s\nand (null)", line.GetProperty("message").GetString());
        Assert.Equal("ollama", line.GetProperty("state").GetProperty("Provider").GetString());
        Assert.Equal(1.5, line.GetProperty("state").GetProperty("Seconds").GetDouble());
        Assert.Equal(JsonValueKind.Null, line.GetProperty("state").GetProperty("Nothing").ValueKind);
        Assert.EndsWith("Z", line.GetProperty("timestamp").GetString(), StringComparison.Ordinal);
        Assert.False(line.TryGetProperty("traceId", out _));
        Assert.False(line.TryGetProperty("requestId", out _));
    }

    [Fact]
    public void ALineWithinARequest_HasItsRequestAndTraceId()
    {
        using var activity = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        var line = Write(logger =>
        {
            using (logger.BeginScope(new Dictionary<string, object?> { ["RequestId"] = "req_1" }.ToList()))
            {
                logger.LogInformation("Hello");
            }
        });

        Assert.Equal(activity.TraceId.ToHexString(), line.GetProperty("traceId").GetString());
        Assert.Equal(activity.SpanId.ToHexString(), line.GetProperty("spanId").GetString());
        Assert.Equal("req_1", line.GetProperty("requestId").GetString());
        Assert.False(line.TryGetProperty("state", out _));
    }

    [Fact]
    public void AnException_IsToldWhole()
    {
        var line = Write(logger => logger.LogError(new InvalidOperationException("broken \"pipe\""), "Failed"));

        Assert.Contains("broken \"pipe\"", line.GetProperty("exception").GetString(), StringComparison.Ordinal);
    }

    private static JsonElement Write(Action<ILogger> log)
    {
        using var output = new StringWriter();
        var logger = new FormattingLogger(new JsonLogFormatter(new ManualTimeProvider()), output);
        log(logger);
        var text = output.ToString();
        Assert.Equal(text.Length - 1, text.IndexOf('\n', StringComparison.Ordinal));
        return JsonDocument.Parse(text).RootElement;
    }

    private sealed class FormattingLogger(JsonLogFormatter formatter, TextWriter output) : ILogger
    {
        private readonly LoggerExternalScopeProvider _scopes = new();

        public IDisposable BeginScope<TState>(TState state) where TState : notnull => _scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> format) =>
            formatter.Write(new LogEntry<TState>(logLevel, "test", eventId, state, exception, format), _scopes, output);
    }
}

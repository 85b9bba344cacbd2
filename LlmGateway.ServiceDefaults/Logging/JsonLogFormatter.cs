using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace LlmGateway.ServiceDefaults.Logging;

/// <summary>
/// One flat JSON object per line: <c>timestamp</c> (UTC), <c>level</c>, <c>category</c>, <c>eventId</c>, <c>message</c>,
/// <c>traceId</c> and <c>spanId</c> within a trace, <c>requestId</c> within a request, <c>exception</c>, and the values of the
/// message under <c>state</c>.
/// </summary>
internal sealed class JsonLogFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "gateway-json";

    private const string TemplateKey = "{OriginalFormat}";
    private const string RequestIdKey = "RequestId";

    // Read by log collectors, never placed into a page.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        var output = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(output, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("timestamp"u8, time.GetUtcNow().UtcDateTime);
            json.WriteString("level"u8, Level(logEntry.LogLevel));
            json.WriteString("category"u8, logEntry.Category);
            json.WriteNumber("eventId"u8, logEntry.EventId.Id);
            json.WriteString("message"u8, message);
            if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
            {
                json.WriteString("traceId"u8, activity.TraceId.ToHexString());
                json.WriteString("spanId"u8, activity.SpanId.ToHexString());
            }

            if (RequestId(scopeProvider) is { } requestId)
            {
                json.WriteString("requestId"u8, requestId);
            }

            if (logEntry.Exception is { } exception)
            {
                json.WriteString("exception"u8, exception.ToString());
            }

            WriteState(json, logEntry.State as IReadOnlyList<KeyValuePair<string, object?>>);
            json.WriteEndObject();
        }

        textWriter.Write(Encoding.UTF8.GetString(output.WrittenSpan));
        textWriter.Write('\n');
    }

    private static void WriteState(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>>? state)
    {
        if (state is null || !state.Any(value => value.Key != TemplateKey))
        {
            return;
        }

        json.WriteStartObject("state"u8);
        foreach (var (name, value) in state)
        {
            if (name == TemplateKey)
            {
                continue;
            }

            json.WritePropertyName(name);
            WriteValue(json, value);
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case bool boolean: json.WriteBooleanValue(boolean); break;
            case int number: json.WriteNumberValue(number); break;
            case long number: json.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
            case decimal number: json.WriteNumberValue(number); break;
            default: json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }

    private static string? RequestId(IExternalScopeProvider? scopes)
    {
        var found = new Box();
        scopes?.ForEachScope(
            static (scope, box) =>
            {
                if (scope is IReadOnlyList<KeyValuePair<string, object?>> values)
                {
                    for (var i = 0; i < values.Count; i++)
                    {
                        if (values[i].Key == RequestIdKey)
                        {
                            box.Value = values[i].Value as string;
                        }
                    }
                }
            },
            found);
        return found.Value;
    }

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "information",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "critical",
    };

    private sealed class Box
    {
        public string? Value { get; set; }
    }
}

using System.Buffers;
using System.Text.Json;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.Settings.Reload;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Health;

/// <summary>The JSON of the health endpoints. <c>uptime</c> is in whole seconds, <c>timestamp</c> in UTC (ISO 8601).</summary>
internal sealed class HealthDocuments(TimeProvider time, IOptions<HealthOptions> options)
{
    private readonly string? _workerId = options.Value.WorkerId;
    private readonly long _started = time.GetTimestamp();

    public byte[] Basic() => Write("healthy", json => json.WriteString("version"u8, ProductVersion.Text));

    public byte[] Live() => Write("alive", static _ => { });

    public byte[] Ready(HealthReport report) => Write(
        report.Status switch
        {
            HealthStatus.Healthy => "ready",
            HealthStatus.Degraded => "degraded",
            _ => "not_ready",
        },
        json =>
        {
            if (_workerId is not null)
            {
                WriteServices(json, report);
            }

            WriteChecks(json, report);
        });

    private static void WriteChecks(Utf8JsonWriter json, HealthReport report)
    {
        json.WriteStartObject("checks"u8);
        foreach (var (name, entry) in report.Entries)
        {
            json.WriteStartObject(name);
            json.WriteString("status"u8, Text(entry.Status));
            if (entry.Description is { } description)
            {
                json.WriteString("description"u8, description);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>
    /// Every check by the name of what it checks, and what a check tells of its parts, such as each node: those that it gives a
    /// <see cref="HealthStatus"/> in its data.
    /// </summary>
    private static void WriteServices(Utf8JsonWriter json, HealthReport report)
    {
        var services = new Dictionary<string, HealthStatus>(StringComparer.Ordinal);
        foreach (var (name, entry) in report.Entries.Where(entry => entry.Key is not (SettingsHealthCheck.Name or DefectsHealthCheck.Name)))
        {
            services[ServiceName(name)] = entry.Status;
        }

        foreach (var (name, value) in report.Entries.Values.SelectMany(entry => entry.Data))
        {
            if (value is HealthStatus status)
            {
                services.TryAdd(name, status);
            }
        }

        json.WriteStartObject("services"u8);
        foreach (var (name, status) in services)
        {
            json.WriteString(name, Text(status));
        }

        json.WriteEndObject();
    }

    private static string ServiceName(string check) => check switch
    {
        Connections.Database => "database",
        Connections.Broker => "queue",
        _ => check,
    };

    private static ReadOnlySpan<byte> Text(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "healthy"u8,
        HealthStatus.Degraded => "degraded"u8,
        _ => "unhealthy"u8,
    };

    private byte[] Write(string status, Action<Utf8JsonWriter> rest)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, status);
            json.WriteString("timestamp"u8, time.GetUtcNow());
            json.WriteNumber("uptime"u8, (long)time.GetElapsedTime(_started).TotalSeconds);
            if (_workerId is not null)
            {
                json.WriteString("workerId"u8, _workerId);
            }

            rest(json);
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }
}

using System.Buffers;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmGateway.ServiceDefaults.Health;

/// <summary>The JSON of the health endpoints. <c>uptime</c> is in whole seconds, <c>timestamp</c> in UTC (ISO 8601).</summary>
internal sealed class HealthDocuments(TimeProvider time)
{
    private static readonly string Version =
        Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    private readonly long _started = time.GetTimestamp();

    public byte[] Basic() => Write("healthy", json => json.WriteString("version"u8, Version));

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
            json.WriteStartObject("checks"u8);
            foreach (var (name, entry) in report.Entries)
            {
                json.WriteStartObject(name);
                json.WriteString("status"u8, entry.Status switch
                {
                    HealthStatus.Healthy => "healthy"u8,
                    HealthStatus.Degraded => "degraded"u8,
                    _ => "unhealthy"u8,
                });
                if (entry.Description is { } description)
                {
                    json.WriteString("description"u8, description);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        });

    private byte[] Write(string status, Action<Utf8JsonWriter> rest)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, status);
            json.WriteString("timestamp"u8, time.GetUtcNow());
            json.WriteNumber("uptime"u8, (long)time.GetElapsedTime(_started).TotalSeconds);
            rest(json);
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }
}

using System.ComponentModel.DataAnnotations;

namespace LlmGateway.ServiceDefaults.Telemetry;

/// <summary>The <c>Telemetry</c> section. Where telemetry goes to is OpenTelemetry's own setting, <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>.</summary>
public sealed class TelemetryOptions
{
    public const string Section = "Telemetry";

    /// <summary>
    /// Traces that are begun here and recorded, per second; of more, the rest is not recorded. Traces begun by a caller follow its
    /// decision. Has no effect where <c>OTEL_TRACES_SAMPLER</c> is set.
    /// </summary>
    /// <value>The default is 100.</value>
    [Range(0, 1_000_000)]
    public int TracesPerSecond { get; set; } = 100;
}

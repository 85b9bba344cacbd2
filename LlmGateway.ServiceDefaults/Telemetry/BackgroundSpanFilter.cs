using System.Diagnostics;
using OpenTelemetry;

namespace LlmGateway.ServiceDefaults.Telemetry;

/// <summary>
/// Takes out the spans of calls that no request and no job made: what workers, sweepers and publishers ask the database, the broker
/// and model servers round the clock, and the probes of health and metrics with all they ask. Each would be a trace of its own of one span,
/// and thousands of them push the traces that people look for out of a dashboard's memory. It is a processor and no sampler because a sampler
/// is not told the source of a span, and because <c>OTEL_TRACES_SAMPLER</c>, which Aspire sets, takes the place of a sampler.
/// </summary>
internal sealed class BackgroundSpanFilter : BaseProcessor<Activity>
{
    private static readonly string[] ProbePaths = ["/health", "/ready", "/alive", "/metrics"];

    public override void OnStart(Activity data)
    {
        // A parent in this process that is not recorded was taken out here or by a sampler, and its children with it.
        if (data.Parent is { Recorded: false } || IsBackground(data) || IsProbe(data))
        {
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            data.IsAllDataRequested = false;
        }
    }

    private static bool IsBackground(Activity data) =>
        data is { ParentSpanId: var parent, Kind: ActivityKind.Client or ActivityKind.Producer } && parent == default
        && data.Source.Name is "Npgsql" or "System.Net.Http" or "MassTransit";

    /// <summary>Whose status says what the health checks say, at every few seconds.</summary>
    private static bool IsProbe(Activity data) =>
        data.Kind == ActivityKind.Server && data.GetTagItem("url.path") is string path
        && ProbePaths.Any(probe => path.StartsWith(probe, StringComparison.Ordinal) && (path.Length == probe.Length || path[probe.Length] == '/'));
}

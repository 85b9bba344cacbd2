using System.Diagnostics;
using OpenTelemetry;

namespace LlmGateway.ServiceDefaults.Telemetry;

/// <summary>
/// Takes out the spans of calls that no request and no job made: what workers, sweepers and publishers ask the database, the broker
/// and model servers round the clock. Each would be a trace of its own of one span, and thousands of them push the traces that people
/// look for out of a dashboard's memory. It is a processor and no sampler because a sampler is not told the source of a span, and
/// because <c>OTEL_TRACES_SAMPLER</c>, which Aspire sets, takes the place of a sampler.
/// </summary>
internal sealed class BackgroundSpanFilter : BaseProcessor<Activity>
{
    public override void OnStart(Activity data)
    {
        if (data is { ParentSpanId: var parent, Kind: ActivityKind.Client or ActivityKind.Producer } && parent == default && IsInfrastructure(data.Source.Name))
        {
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            data.IsAllDataRequested = false;
        }
    }

    private static bool IsInfrastructure(string source) => source is "Npgsql" or "System.Net.Http" or "MassTransit";
}

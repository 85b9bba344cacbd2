using System.Diagnostics;
using OpenTelemetry.Trace;

namespace LlmGateway.ServiceDefaults.Telemetry;

/// <summary>
/// For spans whose parent was recorded elsewhere. Anybody can send a <c>traceparent</c> that says so: requests from outside count against the
/// bound of traces all the same. What comes over the bus or out of the database is the gateway's own and always followed.
/// </summary>
internal sealed class RemoteParentSampler(Sampler outside) : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        samplingParameters.Kind == ActivityKind.Server ? outside.ShouldSample(samplingParameters) : new SamplingResult(SamplingDecision.RecordAndSample);
}

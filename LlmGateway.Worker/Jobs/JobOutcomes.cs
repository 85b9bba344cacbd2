using LlmGateway.Core.Errors;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Worker.Jobs;

/// <summary>Outcomes that follow from an error alone.</summary>
internal static class JobOutcomes
{
    /// <summary>What a failed attempt leads to: another one where that may help, else the job's end.</summary>
    public static JobOutcome Of(GatewayError error, JobEnd end) => MayHelp(error.Code) ? new JobOutcome.Failed(error, end) : new JobOutcome.Ended(end);

    /// <summary>A defect of the gateway.</summary>
    public static JobOutcome Defect() => Of(new GatewayError(GatewayErrorCode.Internal, "The gateway failed to run the job."));

    public static JobOutcome Of(GatewayError error) => Of(error, End(JobStatus.Failed, error));

    public static JobEnd End(JobStatus status, GatewayError error) => new(status) { Error = ErrorMapper.Document(error) };

    public static JobEnd Cancelled() => new(JobStatus.Cancelled) { Error = JobCancellation.Error };

    public static GatewayError TimedOut(TimeSpan bound) =>
        new(GatewayErrorCode.JobTimeout, FormattableString.Invariant($"The job ran longer than {bound.TotalSeconds:0.###} s."));

    /// <summary>Whether the same request may have an answer later. What the client has made wrong stays wrong.</summary>
    private static bool MayHelp(GatewayErrorCode code) => code is
        GatewayErrorCode.Internal
        or GatewayErrorCode.Overloaded
        or GatewayErrorCode.DependencyUnavailable
        // It was served when the job was accepted, and may be again.
        or GatewayErrorCode.ModelNotFound
        or GatewayErrorCode.ClientClosedRequest
        or GatewayErrorCode.JobTimeout
        or GatewayErrorCode.UpstreamRateLimited
        or GatewayErrorCode.UpstreamCredentials
        or GatewayErrorCode.UpstreamCredentialsExhausted
        or GatewayErrorCode.UpstreamUnavailable
        or GatewayErrorCode.UpstreamTimeout
        or GatewayErrorCode.UpstreamError
        or GatewayErrorCode.UpstreamInvalidResponse
        or GatewayErrorCode.UpstreamInterrupted;
}

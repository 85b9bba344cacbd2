using LlmGateway.Core.Errors;

namespace LlmGateway.Data.Jobs;

/// <summary>The error documents of jobs that did not end by a worker's word.</summary>
internal static class LeaseErrors
{
    public static readonly string WorkerLost = ErrorMapper.Document(
        new(GatewayErrorCode.WorkerLost, "The worker that ran the job stopped answering."));

    public static readonly string Expired = ErrorMapper.Document(new(GatewayErrorCode.JobExpired, "The job was not done by the time it had to be."));

    /// <summary>In the place of a reason that the database refuses.</summary>
    public static readonly string NotStorable = ErrorMapper.Document(
        new(GatewayErrorCode.UpstreamError, "The job failed, and its reason could not be stored as it was given."));
}

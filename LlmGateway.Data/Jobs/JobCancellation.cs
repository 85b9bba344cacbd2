using System.Buffers;
using System.Text;
using LlmGateway.Core.Errors;

namespace LlmGateway.Data.Jobs;

/// <summary>How a job ends that is cancelled while it waits; the same in every store.</summary>
internal static class JobCancellation
{
    /// <summary>The OpenAI error document of a cancelled job.</summary>
    public static readonly string Error = Document();

    public static void Cancel(Job job, DateTimeOffset now)
    {
        job.Status = JobStatus.Cancelled;
        job.CompletedAt = now;
        job.Error = Error;
        job.WebhookRunAfter = job.WebhookUrl is null ? null : now;
    }

    private static string Document()
    {
        var output = new ArrayBufferWriter<byte>();
        ErrorMapper.Write(new GatewayError(GatewayErrorCode.JobCancelled, "The job was cancelled."), output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}

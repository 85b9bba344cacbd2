using System.Text.Json;
using LlmGateway.Api.Batches;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Tests.Batches;

public sealed class BatchDocumentTests
{
    private static readonly DateTimeOffset Then = DateTimeOffset.FromUnixTimeSeconds(1_767_225_600);

    [Theory]
    [InlineData(JobStatus.Queued, null, false, "validating", null)]
    [InlineData(JobStatus.Running, BatchPhase.Validating, false, "validating", null)]
    [InlineData(JobStatus.Running, BatchPhase.InProgress, false, "in_progress", null)]
    [InlineData(JobStatus.Queued, BatchPhase.InProgress, false, "in_progress", null)]
    [InlineData(JobStatus.Running, BatchPhase.InProgress, true, "cancelling", null)]
    [InlineData(JobStatus.Running, BatchPhase.Finalizing, false, "finalizing", null)]
    [InlineData(JobStatus.Completed, BatchPhase.Finalizing, false, "completed", "completed_at")]
    [InlineData(JobStatus.Failed, BatchPhase.Validating, false, "failed", "failed_at")]
    [InlineData(JobStatus.Expired, BatchPhase.Finalizing, false, "expired", "expired_at")]
    [InlineData(JobStatus.Cancelled, BatchPhase.Finalizing, true, "cancelled", "cancelled_at")]
    public void AStatus_HasItsNameAndItsTime(JobStatus status, BatchPhase? phase, bool isCancelled, string name, string? time)
    {
        var job = Batch(status);
        job.Phase = phase;
        job.CancelRequestedAt = isCancelled ? Then.AddSeconds(5) : null;
        var document = Write(job);
        Assert.Equal(name, document.GetProperty("status").GetString());
        foreach (var end in new[] { "completed_at", "failed_at", "expired_at", "cancelled_at" })
        {
            Assert.Equal(end == time ? JsonValueKind.Number : JsonValueKind.Null, document.GetProperty(end).ValueKind);
        }

        Assert.Equal(isCancelled ? JsonValueKind.Number : JsonValueKind.Null, document.GetProperty("cancelling_at").ValueKind);
    }

    [Theory]
    [InlineData("""{"error":{"code":"x"},"errors":{"object":"list","data":[{"code":"a","line":3,"message":"m","param":"p"}]}}""", "a", 3)]
    [InlineData("""{"error":{"code":"worker_lost","message":"m","param":null,"type":"server_error"}}""", "worker_lost", null)]
    public void AFailedBatch_SaysWhy(string error, string code, int? line)
    {
        var job = Batch(JobStatus.Failed);
        job.Error = error;
        var told = Write(job).GetProperty("errors").GetProperty("data")[0];
        Assert.Equal((code, "m"), (told.GetProperty("code").GetString(), told.GetProperty("message").GetString()));
        Assert.Equal(line, told.GetProperty("line").ValueKind == JsonValueKind.Null ? null : told.GetProperty("line").GetInt32());
    }

    private static Job Batch(JobStatus status) => new()
    {
        Id = "batch_1", Kind = JobKind.Batch, Model = "", Request = [], QueueAt = Then, RunAfter = Then, CreatedAt = Then, Status = status,
        Endpoint = "/v1/embeddings", InputFileId = "file-1", CompletedAt = status is JobStatus.Queued or JobStatus.Running ? null : Then.AddMinutes(1),
    };

    private static JsonElement Write(Job job)
    {
        using var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output))
        {
            BatchDocument.Write(json, job);
        }

        using var document = JsonDocument.Parse(output.ToArray());
        return document.RootElement.Clone();
    }
}

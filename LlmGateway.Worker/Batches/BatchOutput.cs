using LlmGateway.Data.Files;
using LlmGateway.Data.Jobs;
using LlmGateway.Worker.Jobs;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Batches;

/// <summary>What a batch leaves behind.</summary>
/// <param name="OutputFileId">Answers; null when no line has one.</param>
/// <param name="ErrorFileId">Failures; null when no line failed.</param>
/// <param name="HasExpired">A line was not asked in time.</param>
internal sealed record BatchOutputs(string? OutputFileId, string? ErrorFileId, bool HasExpired);

/// <summary>
/// Writes a batch's output and error files from its ended lines, page by page. Their ids follow from the batch's, so that whoever does it
/// again replaces what was left unfinished.
/// </summary>
internal sealed class BatchOutput(IBatchItems items, IFileStore files, StoreRetry retry, IOptions<BatchOptions> options, TimeProvider time)
{
    private const int PageLines = 200;

    private const int Tries = 3;

    /// <exception cref="LeaseLostException">Somebody else has the batch.</exception>
    public async Task<BatchOutputs> WriteAsync(RunningJob job, CancellationToken stop)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await WriteOnceAsync(job, stop);
            }
            catch (FileLostException) when (tries < Tries)
            {
                // From the start: a worker that had the batch before wrote at the same time, and the store says before the end whose it is
                // now; or a piece was there although the store had not said so.
            }
        }
    }

    private async Task<BatchOutputs> WriteOnceAsync(RunningJob job, CancellationToken stop)
    {
        using var output = await OpenAsync(job.Row, "output", stop);
        using var errors = await OpenAsync(job.Row, "error", stop);
        var hasExpired = false;
        IReadOnlyList<JobItem> page;
        for (var after = 0; (page = await PageAsync(job.Row.Id, after, stop)).Count > 0; after = page[^1].Line)
        {
            foreach (var item in page)
            {
                hasExpired |= item.Status == JobStatus.Expired;
                if (item.Status != JobStatus.Cancelled)
                {
                    var file = item.Status == JobStatus.Completed ? output : errors;
                    BatchOutputLine.Write(item, file.Buffer);
                    await file.LineEndedAsync(stop);
                }
            }
        }

        // Nothing is shown to anybody by a worker that has lost the batch.
        LeaseLostException.ThrowUnless(await retry.RunAsync(token => items.SetPhaseAsync(job.Lease, BatchPhase.Finalizing, null, token), stop));
        return new BatchOutputs(await output.CompleteAsync(stop), await errors.CompleteAsync(stop), hasExpired);
    }

    private Task<IReadOnlyList<JobItem>> PageAsync(string id, int after, CancellationToken stop) =>
        retry.RunAsync(token => items.EndedAsync(id, after, PageLines, token), stop);

    private async Task<BatchOutputFile> OpenAsync(Job row, string kind, CancellationToken stop)
    {
        var now = time.GetUtcNow();
        var id = $"file-{row.Id}-{kind}";
        var isThere = await retry.RunAsync(token => files.FindAsync(id, null, token), stop) is not null;
        var file = new StoredFile
        {
            Id = id,
            ApiKeyId = row.ApiKeyId,
            Owner = row.Owner,
            Filename = $"{row.Id}_{kind}.jsonl",
            Purpose = "batch_output",
            CreatedAt = now,
            ExpiresAt = now + options.Value.OutputRetention,
        };
        return new BatchOutputFile(files, file, isThere, retry);
    }
}

using LlmGateway.Data.Journal;
using LlmGateway.Data.Usage;

namespace LlmGateway.Data.Jobs;

/// <summary>Lines of batches in this process's memory. Usage goes to the writer, where there is one.</summary>
internal sealed class InMemoryBatchItems(InMemoryJobs jobs, IRecordWriter<UsageRecord>? usage = null) : IBatchItems
{
    /// <summary>A page ends behind the line with which its requests or answers have come to so many bytes.</summary>
    private const int PageBytes = 8 * 1024 * 1024;

    public Task<IReadOnlyList<string>?> AddAsync(JobLease lease, IReadOnlyList<JobItem> items, CancellationToken cancellationToken)
    {
        lock (jobs.Gate)
        {
            if (Held(lease) is null)
            {
                return Task.FromResult<IReadOnlyList<string>?>(null);
            }

            var lines = Lines(lease.JobId);
            var taken = BatchCustomIds.Repeated(items);
            var given = items.DistinctBy(item => item.CustomId, StringComparer.Ordinal).ToDictionary(item => item.CustomId, item => item.Line, StringComparer.Ordinal);
            taken.AddRange(lines.Where(line => given.TryGetValue(line.CustomId, out var number) && number != line.Line).Select(line => line.CustomId));
            if (taken.Count == 0)
            {
                Insert(lines, items);
            }

            return Task.FromResult<IReadOnlyList<string>?>(taken);
        }
    }

    public Task<bool> SetPhaseAsync(JobLease lease, BatchPhase phase, int? itemsTotal, CancellationToken cancellationToken)
    {
        lock (jobs.Gate)
        {
            if (Held(lease) is not { } job)
            {
                return Task.FromResult(false);
            }

            job.Phase = phase;
            job.ItemsTotal = itemsTotal ?? job.ItemsTotal;
            job.InProgressAt ??= phase == BatchPhase.InProgress ? jobs.Now : null;
            job.FinalizingAt ??= phase == BatchPhase.Finalizing ? jobs.Now : null;
            return Task.FromResult(true);
        }
    }

    public Task<IReadOnlyList<JobItem>> OpenAsync(string jobId, int afterLine, int limit, CancellationToken cancellationToken) =>
        Task.FromResult(Page(jobId, afterLine, limit, IsOpen, Copy, item => item.Request.Length));

    public Task<bool> EndAsync(JobLease lease, IReadOnlyList<(JobItem Item, UsageRecord? Usage)> ended, CancellationToken cancellationToken)
    {
        lock (jobs.Gate)
        {
            if (Held(lease) is not { } job)
            {
                return Task.FromResult(false);
            }

            var lines = Lines(lease.JobId);
            foreach (var (item, charge) in ended)
            {
                if (Find(lines, item.Line) is not { } line || !IsOpen(line))
                {
                    continue;
                }

                line.Status = item.Status;
                line.Response = item.Response;
                line.ResponseStatus = item.ResponseStatus;
                line.Error = item.Error;
                line.Attempt = item.Attempt;
                line.CompletedAt = jobs.Now;
                Count(job, item.Status);
                if (charge is not null)
                {
                    usage?.Write(charge);
                }
            }

            return Task.FromResult(true);
        }
    }

    public Task<bool> EndOpenAsync(JobLease lease, JobStatus status, string error, CancellationToken cancellationToken)
    {
        lock (jobs.Gate)
        {
            if (Held(lease) is not { } job)
            {
                return Task.FromResult(false);
            }

            foreach (var line in Lines(lease.JobId).Where(IsOpen))
            {
                line.Status = status;
                line.Error = error;
                line.CompletedAt = jobs.Now;
                Count(job, status);
            }

            return Task.FromResult(true);
        }
    }

    public Task<IReadOnlyList<JobItem>> EndedAsync(string jobId, int afterLine, int limit, CancellationToken cancellationToken) =>
        Task.FromResult(Page(jobId, afterLine, limit, item => !IsOpen(item), CopyWithoutRequest, item => item.Response?.Length ?? 0));

    private static bool IsOpen(JobItem item) => item.Status is JobStatus.Queued or JobStatus.Running;

    private static void Count(Job job, JobStatus status)
    {
        switch (status)
        {
            case JobStatus.Completed:
                job.ItemsCompleted++;
                break;
            case not JobStatus.Cancelled:
                job.ItemsFailed++;
                break;
        }

        if (job.ItemsTotal > 0)
        {
            job.Progress = Math.Min(1, (double)(job.ItemsCompleted + job.ItemsFailed) / job.ItemsTotal);
        }
    }

    private static JobItem? Find(List<JobItem> lines, int line) => Index(lines, line) is var index && index >= 0 ? lines[index] : null;

    /// <summary>Where the line stands; negative when there is none, as <see cref="List{T}.BinarySearch(T)"/> says it.</summary>
    private static int Index(List<JobItem> lines, int line)
    {
        var (low, high) = (0, lines.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (lines[middle].Line == line)
            {
                return middle;
            }

            (low, high) = lines[middle].Line < line ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    private static void Insert(List<JobItem> lines, IReadOnlyList<JobItem> items)
    {
        foreach (var item in items)
        {
            if (Index(lines, item.Line) is var index && index < 0)
            {
                lines.Insert(~index, Copy(item));
            }
        }
    }

    private static JobItem Copy(JobItem item) => Copy(item, item.Request, item.Response);

    private static JobItem CopyWithoutRequest(JobItem item) => Copy(item, [], item.Response);

    private static JobItem Copy(JobItem item, byte[] request, byte[]? response) => new()
    {
        Id = item.Id,
        JobId = item.JobId,
        Line = item.Line,
        CustomId = item.CustomId,
        Status = item.Status,
        Request = request,
        Response = response,
        ResponseStatus = item.ResponseStatus,
        Error = item.Error,
        RequestId = item.RequestId,
        Attempt = item.Attempt,
        CompletedAt = item.CompletedAt,
    };

    private Job? Held(JobLease lease) =>
        jobs.Jobs.TryGetValue(lease.JobId, out var job) && job.Status == JobStatus.Running && job.Attempt == lease.Attempt && job.LeaseOwner == lease.Worker
            ? job
            : null;

    private List<JobItem> Lines(string jobId)
    {
        if (!jobs.Items.TryGetValue(jobId, out var lines))
        {
            jobs.Items[jobId] = lines = [];
        }

        return lines;
    }

    private IReadOnlyList<JobItem> Page(
        string jobId, int afterLine, int limit, Func<JobItem, bool> wanted, Func<JobItem, JobItem> copy, Func<JobItem, int> size)
    {
        lock (jobs.Gate)
        {
            var page = new List<JobItem>();
            if (!jobs.Items.TryGetValue(jobId, out var lines))
            {
                return page;
            }

            long bytes = 0;
            var first = Index(lines, afterLine);
            for (var i = first < 0 ? ~first : first + 1; i < lines.Count && page.Count < limit && bytes < PageBytes; i++)
            {
                if (wanted(lines[i]))
                {
                    page.Add(copy(lines[i]));
                    bytes += size(lines[i]);
                }
            }

            return page;
        }
    }
}

using LlmGateway.Data.Jobs;
using LlmGateway.Data.Journal;
using LlmGateway.Data.Usage;

namespace LlmGateway.Data.Tests.Jobs;

public sealed class InMemoryBatchItemsTests : BatchItemsContract, IRecordWriter<UsageRecord>
{
    private readonly InMemoryJobs _jobs = new(TimeProvider.System);
    private readonly List<UsageRecord> _charges = [];

    void IRecordWriter<UsageRecord>.Write(UsageRecord row) => _charges.Add(row);

    protected override Task<IBatchItems> CreateAsync(Job job)
    {
        _jobs.Jobs[job.Id] = job;
        return Task.FromResult<IBatchItems>(new InMemoryBatchItems(_jobs, this));
    }

    /// <summary>Not the row itself: what is read stays as it is.</summary>
    protected override Task<Job> ReadAsync(string id)
    {
        var job = _jobs.Jobs[id];
        return Task.FromResult(new Job
        {
            Id = job.Id, Kind = job.Kind, Model = job.Model, Request = job.Request, QueueAt = job.QueueAt, RunAfter = job.RunAfter, CreatedAt = job.CreatedAt,
            Phase = job.Phase, ItemsTotal = job.ItemsTotal, ItemsCompleted = job.ItemsCompleted, ItemsFailed = job.ItemsFailed, Progress = job.Progress,
            InProgressAt = job.InProgressAt, FinalizingAt = job.FinalizingAt,
        });
    }

    protected override Task TakeOverAsync(string id)
    {
        _jobs.Jobs[id].Attempt++;
        _jobs.Jobs[id].LeaseOwner = "w2";
        return Task.CompletedTask;
    }

    protected override Task<int> ChargesAsync() => Task.FromResult(_charges.Count);
}

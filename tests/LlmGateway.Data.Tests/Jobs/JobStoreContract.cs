using System.Text;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Tests.Support;
using LlmGateway.Data.Usage;

namespace LlmGateway.Data.Tests.Jobs;

/// <summary>What tests of the stores share. Each contract is tested on a real server and in memory.</summary>
public abstract class JobStoreContract : IAsyncLifetime
{
    protected const string Worker = "worker-1";

    protected const string Reason = """{"error": {"code": "upstream_error"}}""";

    protected static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private JobStage? _stage;

    protected JobStage Stage => _stage!;

    protected IJobLeases Leases => Stage.Leases;

    public async Task InitializeAsync() => _stage = await StageAsync();

    public async Task DisposeAsync() => await Stage.DisposeAsync();

    protected abstract Task<JobStage> StageAsync();

    protected static JobEnd Completed(string what) => new(JobStatus.Completed)
    {
        Result = Encoding.UTF8.GetBytes(what),
        Events = Encoding.UTF8.GetBytes("events " + what),
        Usage = Rows.Usage(what, id: UsageRecorder.IdOf("job_1")),
        UsageJson = $$"""{"of": "{{what}}"}""",
    };

    protected static JobEnd Failed(string what) => Completed(what) with { Status = JobStatus.Failed, Result = null, Error = Reason };

    protected Task<Job?> ClaimAsync(string worker = Worker, JobKind kind = JobKind.Chat) => Leases.ClaimAsync(kind, worker, Lease, default);

    protected async Task<JobLease> LeaseAsync(JobKind kind = JobKind.Chat)
    {
        var job = await ClaimAsync(kind: kind);
        Assert.NotNull(job);
        return new JobLease(job.Id, Worker, job.Attempt);
    }

    /// <summary>Puts a job in that has ended just now.</summary>
    protected async Task EndedAsync(Job job)
    {
        await Stage.PutAsync(job);
        Assert.True(await Leases.EndAsync(await LeaseAsync(job.Kind), new JobEnd(JobStatus.Completed) { Result = "{}"u8.ToArray() }, default));
    }
}

using LlmGateway.Data.Jobs;
using LlmGateway.Data.Usage;
using LlmGateway.Data.Journal;
using LlmGateway.Data.Model;
using LlmGateway.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace LlmGateway.Data.Tests.Support;

/// <summary>The stores of jobs as they are registered, and what workers do to their rows, done by hand.</summary>
internal abstract class JobsUnderTest : IAsyncDisposable
{
    public abstract IServiceProvider Services { get; }

    public IJobStore Store => Services.GetRequiredService<IJobStore>();

    public IJobQueues Queues => Services.GetRequiredService<IJobQueues>();

    /// <summary>Adds the job.</summary>
    public async Task<Job> AddAsync(Job job)
    {
        var added = await Store.AddAsync(job, TestTimeouts.Token());
        Assert.Equal(JobAdditionKind.Added, added.Kind);
        return added.Job;
    }

    /// <summary>Claims the job, if it still waits.</summary>
    public abstract Task<bool> StartAsync(string id);

    /// <summary>Ends the job as if it had run for so long.</summary>
    public abstract Task EndAsync(string id, JobStatus status, TimeSpan ran, bool dead = false);

    /// <summary>Has the job wait for its next attempt.</summary>
    public abstract Task DelayAsync(string id, TimeSpan delay);

    /// <summary>Has so many lines of the batch end.</summary>
    public abstract Task AnswerAsync(string id, int completed, int failed);

    public abstract Task DeleteAsync(string id);

    /// <summary>Has all jobs come at the same moment.</summary>
    public abstract Task AlignAsync();

    public abstract ValueTask DisposeAsync();
}

internal sealed class DatabaseJobs : JobsUnderTest
{
    private readonly ServiceProvider _services;

    private DatabaseJobs(string connectionString)
    {
        Database = NpgsqlDataSource.Create(connectionString);
        var services = new ServiceCollection().AddSingleton(Database).AddSingleton<IRecordWriter<UsageRecord>>(new RefusedRows());
        services.AddOptions();
        _services = services.AddDatabaseJobs().BuildServiceProvider();
    }

    public NpgsqlDataSource Database { get; }

    public override IServiceProvider Services => _services;

    /// <summary>Stores on this database, without the rows of tests before.</summary>
    public static async Task<DatabaseJobs> EmptyAsync(Task<TestDatabase> database)
    {
        var jobs = new DatabaseJobs((await database).ConnectionString);
        await jobs.RunAsync("truncate jobs, job_items, queues, usage");
        return jobs;
    }

    public override async Task<bool> StartAsync(string id) => await RunAsync(
        """
        update jobs set status = 'running', attempt = attempt + 1, lease_owner = 'w', lease_until = now() + interval '1 minute', started_at = now()
        where id = $1 and status = 'queued'
        """,
        id) == 1;

    public override Task EndAsync(string id, JobStatus status, TimeSpan ran, bool dead = false) => RunAsync(
        """
        update jobs set status = $2, attempt = 3, failures = 3, progress = 0.5, started_at = now() - $3, completed_at = now(), lease_owner = null,
            lease_until = null, error = '{"error":{}}', usage = '{"total":1}', result = '\x01', events = '\x02', cancel_requested_at = now(),
            webhook_attempts = 2, webhook_delivered_at = now(), webhook_run_after = now(), webhook_error = 'e', output_file_id = 'o',
            error_file_id = 'f', dead_lettered_at = case when $4 then now() end
        where id = $1
        """,
        id, EnumText<JobStatus>.Write(status), ran, dead);

    public override Task DelayAsync(string id, TimeSpan delay) => RunAsync("update jobs set run_after = now() + $2 where id = $1", id, delay);

    public override Task AnswerAsync(string id, int completed, int failed) =>
        RunAsync("update jobs set items_completed = $2, items_failed = $3 where id = $1", id, completed, failed);

    public override Task DeleteAsync(string id) => RunAsync("delete from jobs where id = $1", id);

    public override Task AlignAsync() => RunAsync("update jobs set created_at = (select min(created_at) from jobs)");

    public async Task<int> RunAsync(string sql, params object[] values)
    {
        await using var command = Database.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return await command.ExecuteNonQueryAsync(TestTimeouts.Token());
    }

    public override async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Database.DisposeAsync();
    }
}

internal sealed class MemoryJobs : JobsUnderTest
{
    private readonly ServiceProvider _services = new ServiceCollection().AddSingleton(TimeProvider.System).AddInMemoryJobs().BuildServiceProvider();

    public override IServiceProvider Services => _services;

    private InMemoryJobs Rows => _services.GetRequiredService<InMemoryJobs>();

    public override async Task<bool> StartAsync(string id)
    {
        await Task.Yield();
        return await ChangeAsync(id, job =>
        {
            if (job.Status != JobStatus.Queued)
            {
                return false;
            }

            job.Status = JobStatus.Running;
            job.Attempt++;
            (job.LeaseOwner, job.LeaseUntil, job.StartedAt) = ("w", Rows.Now.AddMinutes(1), Rows.Now);
            return true;
        });
    }

    public override Task EndAsync(string id, JobStatus status, TimeSpan ran, bool dead = false) => ChangeAsync(id, job =>
    {
        var now = Rows.Now;
        job.Status = status;
        (job.Attempt, job.Failures, job.Progress) = (3, 3, 0.5);
        (job.StartedAt, job.CompletedAt, job.LeaseOwner, job.LeaseUntil) = (now - ran, now, null, null);
        (job.Error, job.Usage, job.Result, job.Events, job.CancelRequestedAt) = ("""{"error":{}}""", """{"total":1}""", [1], [2], now);
        (job.WebhookAttempts, job.WebhookDeliveredAt, job.WebhookRunAfter, job.WebhookError) = (2, now, now, "e");
        (job.OutputFileId, job.ErrorFileId, job.DeadLetteredAt) = ("o", "f", dead ? now : null);
        return true;
    });

    public override Task DelayAsync(string id, TimeSpan delay) => ChangeAsync(id, job =>
    {
        job.RunAfter = Rows.Now + delay;
        return true;
    });

    public override Task AnswerAsync(string id, int completed, int failed) => ChangeAsync(id, job =>
    {
        (job.ItemsCompleted, job.ItemsFailed) = (completed, failed);
        return true;
    });

    public override Task DeleteAsync(string id) => Rows.RunAsync(() => Rows.Jobs.Remove(id), default);

    public override Task AlignAsync() => Rows.RunAsync(
        () =>
        {
            var first = Rows.Jobs.Values.Min(job => job.CreatedAt);
            foreach (var job in Rows.Jobs.Values)
            {
                job.CreatedAt = first;
            }

            return true;
        },
        default);

    public override ValueTask DisposeAsync() => _services.DisposeAsync();

    private Task<bool> ChangeAsync(string id, Func<Job, bool> change) => Rows.RunAsync(() => change(Rows.Jobs[id]), default);
}

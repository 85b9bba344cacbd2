using LlmGateway.Data.Jobs;
using LlmGateway.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Data.Tests.Jobs;

/// <summary>The stores of a gateway without a database, under a clock that moves only when told to.</summary>
internal sealed class InMemoryJobStage : JobStage
{
    private readonly ManualTimeProvider _time = new();
    private readonly ServiceProvider _services;

    public InMemoryJobStage() => _services = new ServiceCollection().AddSingleton<TimeProvider>(_time).AddInMemoryJobs().BuildServiceProvider();

    public override IJobLeases Leases => _services.GetRequiredService<IJobLeases>();

    public override IWebhookOutbox Outbox => _services.GetRequiredService<IWebhookOutbox>();

    public override DateTimeOffset Now => _time.GetUtcNow();

    private InMemoryJobs Rows => _services.GetRequiredService<InMemoryJobs>();

    public override Task PutAsync(params Job[] jobs)
    {
        lock (Rows.Gate)
        {
            foreach (var job in jobs)
            {
                Rows.Jobs.Add(job.Id, job.Copy());
            }
        }

        return Task.CompletedTask;
    }

    public override Task<Job?> FindAsync(string id)
    {
        lock (Rows.Gate)
        {
            return Task.FromResult(Rows.Jobs.GetValueOrDefault(id)?.Copy());
        }
    }

    public override Task ChangeAsync(string id, Action<Job> change)
    {
        lock (Rows.Gate)
        {
            change(Rows.Jobs[id]);
        }

        return Task.CompletedTask;
    }

    public override Task PauseAsync(JobKind kind, bool paused = true)
    {
        lock (Rows.Gate)
        {
            var name = Data.Jobs.Job.QueueOf(kind);
            Rows.Queues[name] = new JobQueue { Name = name, PausedAt = paused ? Now : null };
        }

        return Task.CompletedTask;
    }

    public override Task ElapseAsync(TimeSpan time)
    {
        _time.Advance(time);
        return Task.CompletedTask;
    }

    // There is no table of usage here.
    public override async Task AssertChargedOnceAsync(string id, string usage) =>
        Assert.Equal($$"""{"of": "{{usage}}"}""", (await GetAsync(id)).Usage);

    public override ValueTask DisposeAsync() => _services.DisposeAsync();
}

using LlmGateway.Data.Jobs;

namespace LlmGateway.Data.Tests.Jobs;

/// <summary>What holds for deliveries to clients wherever jobs are kept.</summary>
public abstract class WebhookOutboxContract : JobStoreContract
{
    private const int MaxResultBytes = 1024;

    private static readonly TimeSpan Hold = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task EndedJob_IsTakenOnce_WithItsResult()
    {
        await EndedAsync(Stage.Job("job_1", webhook: true));
        await EndedAsync(Stage.Job("job_2"));
        await Stage.PutAsync(Stage.Job("job_3", webhook: true));

        var due = Assert.Single(await TakeAsync());
        Assert.False(due.IsResultLeftOut);
        var job = due.Job;
        Assert.Equal(("job_1", JobStatus.Completed, "https://example.com/hook", 1), (job.Id, job.Status, job.WebhookUrl, job.WebhookAttempts));
        Assert.Equal("{}"u8.ToArray(), job.Result);
        Assert.Empty(job.Request);
        Assert.Empty(await TakeAsync());
    }

    [Fact]
    public async Task ParallelTakers_GetEachDeliveryOnce()
    {
        for (var i = 0; i < 40; i++)
        {
            await EndedAsync(Stage.Job($"job_{i}", webhook: true));
        }

        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Stage.Outbox.TakeAsync(5, MaxResultBytes, Hold, default))));
        Assert.All(taken, jobs => Assert.InRange(jobs.Count, 0, 5));
        var all = taken.Append(await TakeAsync()).SelectMany(jobs => jobs).Select(due => due.Job.Id).ToList();
        Assert.Equal(40, all.Count);
        Assert.Equal(40, all.Distinct().Count());
    }

    [Fact]
    public async Task DeliveryOfALostTaker_IsDueAgainAfterTheHold()
    {
        await EndedAsync(Stage.Job("job_1", webhook: true));
        Assert.Single(await TakeAsync());
        await Stage.ElapseAsync(Hold / 2);
        Assert.Empty(await TakeAsync());
        await Stage.ElapseAsync(Hold);
        Assert.Equal(2, Assert.Single(await TakeAsync()).Job.WebhookAttempts);
    }

    [Fact]
    public async Task Delivered_IsTheEnd()
    {
        await EndedAsync(Stage.Job("job_1", webhook: true));
        Assert.Single(await TakeAsync());
        await Stage.Outbox.FailedAsync("job_1", await EndAsync("job_1"), TimeSpan.Zero, "timed out", default);
        Assert.Single(await TakeAsync());
        await Stage.Outbox.DeliveredAsync("job_1", await EndAsync("job_1"), default);
        // Another taker, which was slow, says otherwise.
        await Stage.Outbox.FailedAsync("job_1", await EndAsync("job_1"), TimeSpan.Zero, "timed out", default);

        var job = await Stage.GetAsync("job_1");
        Assert.Equal((2, null, null), (job.WebhookAttempts, job.WebhookRunAfter, job.WebhookError));
        Assert.NotNull(job.WebhookDeliveredAt);
        await Stage.ElapseAsync(Hold * 2);
        Assert.Empty(await TakeAsync());
    }

    [Fact]
    public async Task FailedDelivery_IsTriedAgainLater_UntilItIsGivenUp()
    {
        await EndedAsync(Stage.Job("job_1", webhook: true));
        Assert.Single(await TakeAsync());
        await Stage.Outbox.FailedAsync("job_1", await EndAsync("job_1"), 3 * Hold, "HTTP 500", default);
        Assert.Equal("HTTP 500", (await Stage.GetAsync("job_1")).WebhookError);
        await Stage.ElapseAsync(2 * Hold);
        Assert.Empty(await TakeAsync());
        await Stage.ElapseAsync(2 * Hold);
        Assert.Single(await TakeAsync());

        await Stage.Outbox.FailedAsync("job_1", await EndAsync("job_1"), null, "HTTP 410 \0", default);
        var job = await Stage.GetAsync("job_1");
        Assert.Equal((null, null), (job.WebhookRunAfter, job.WebhookDeliveredAt));
        Assert.StartsWith("HTTP 410", job.WebhookError, StringComparison.Ordinal);
        await Stage.ElapseAsync(10 * Hold);
        Assert.Empty(await TakeAsync());
        await Stage.Outbox.FailedAsync("nobody", Stage.Now, null, "x", default);
        await Stage.Outbox.DeliveredAsync("nobody", Stage.Now, default);
    }

    [Fact]
    public async Task LargeResult_StaysWhereItIs()
    {
        await EndedAsync(Stage.Job("job_1", webhook: true));
        var due = Assert.Single(await Stage.Outbox.TakeAsync(100, 1, Hold, default));
        Assert.Null(due.Job.Result);
        Assert.True(due.IsResultLeftOut);
        Assert.NotNull((await Stage.GetAsync("job_1")).Result);
        await Stage.ElapseAsync(Hold * 2);
        due = Assert.Single(await Stage.Outbox.TakeAsync(100, 2, Hold, default));
        Assert.Equal("{}"u8.ToArray(), due.Job.Result);
        Assert.False(due.IsResultLeftOut);

        // A job without a result lacks none.
        await Stage.PutAsync(Stage.Job("job_2", webhook: true));
        Assert.True(await Leases.EndAsync(await LeaseAsync(), new JobEnd(JobStatus.Failed) { Error = Reason }, default));
        Assert.False(Assert.Single(await Stage.Outbox.TakeAsync(100, 0, Hold, default)).IsResultLeftOut);
    }

    [Fact]
    public async Task WhatCameOfADelivery_CountsForTheEndItWasSentFor_Only()
    {
        await EndedAsync(Stage.Job("job_1", webhook: true));
        var first = Assert.Single(await TakeAsync()).Job.CompletedAt!.Value;
        // Replayed meanwhile, and ended again.
        var second = first.AddSeconds(1);
        await Stage.ChangeAsync("job_1", job => job.CompletedAt = second);
        await Stage.Outbox.DeliveredAsync("job_1", first, default);
        await Stage.Outbox.FailedAsync("job_1", first, null, "HTTP 410", default);
        var job = await Stage.GetAsync("job_1");
        Assert.Equal((null, null), (job.WebhookDeliveredAt, job.WebhookError));
        Assert.NotNull(job.WebhookRunAfter);

        await Stage.Outbox.DeliveredAsync("job_1", second, default);
        Assert.NotNull((await Stage.GetAsync("job_1")).WebhookDeliveredAt);
    }

    private Task<IReadOnlyList<DueWebhook>> TakeAsync() => Stage.Outbox.TakeAsync(100, MaxResultBytes, Hold, default);

    private async Task<DateTimeOffset> EndAsync(string id) => (await Stage.GetAsync(id)).CompletedAt!.Value;
}

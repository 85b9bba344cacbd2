using System.Text;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Tests.Support;
using LlmGateway.Data.Usage;

namespace LlmGateway.Data.Tests.Jobs;

/// <summary>What every store of batch lines promises.</summary>
public abstract class BatchItemsContract
{
    private protected const string Id = "batch_1";

    private protected static readonly JobLease Lease = new(Id, "w1", 1);

    /// <summary>The store under test, with a running job in it.</summary>
    protected abstract Task<IBatchItems> CreateAsync(Job job);

    protected abstract Task<Job> ReadAsync(string id);

    /// <summary>Has the job claimed by another worker.</summary>
    protected abstract Task TakeOverAsync(string id);

    protected abstract Task<int> ChargesAsync();

    [Fact]
    public async Task Lines_AreTakenInOnce_AndComeInTheirOrder()
    {
        var items = await CreateAsync(Running());
        Assert.Empty((await items.AddAsync(Lease, [Line(2), Line(1)], default))!);
        Assert.Empty((await items.AddAsync(Lease, [Line(1), Line(2), Line(3)], default))!);
        var open = await items.OpenAsync(Id, 0, 10, default);
        Assert.Equal([1, 2, 3], open.Select(item => item.Line));
        Assert.Equal(("c1", "r1", "{\"n\":1}", JobStatus.Queued), (open[0].CustomId, open[0].RequestId, Encoding.UTF8.GetString(open[0].Request), open[0].Status));
        Assert.Equal([2], (await items.OpenAsync(Id, 1, 1, default)).Select(item => item.Line));
        Assert.Empty(await items.OpenAsync(Id, 3, 10, default));
        Assert.Empty(await items.OpenAsync("batch_2", 0, 10, default));
    }

    [Fact]
    public async Task ACustomIdThatAnotherLineHas_KeepsTheWholeGroupOut()
    {
        var items = await CreateAsync(Running());
        await items.AddAsync(Lease, [Line(1)], default);
        Assert.Equal(["c1"], (await items.AddAsync(Lease, [Line(2), Line(3, "c1")], default))!);
        Assert.Equal(["x"], (await items.AddAsync(Lease, [Line(2, "x"), Line(3, "x")], default))!);
        Assert.Equal([1], (await items.OpenAsync(Id, 0, 10, default)).Select(item => item.Line));
    }

    [Fact]
    public async Task APhase_HasItsTime_AndItsCount()
    {
        var items = await CreateAsync(Running());
        Assert.True(await items.SetPhaseAsync(Lease, BatchPhase.InProgress, 7, default));
        var first = await ReadAsync(Id);
        Assert.Equal((BatchPhase.InProgress, 7), (first.Phase, first.ItemsTotal));
        Assert.NotNull(first.InProgressAt);
        Assert.Null(first.FinalizingAt);
        Assert.True(await items.SetPhaseAsync(Lease, BatchPhase.Finalizing, null, default));
        var second = await ReadAsync(Id);
        Assert.Equal((BatchPhase.Finalizing, 7, first.InProgressAt), (second.Phase, second.ItemsTotal, second.InProgressAt));
        Assert.NotNull(second.FinalizingAt);
    }

    [Fact]
    public async Task AnAnswer_IsWrittenCountedAndChargedOnce()
    {
        var items = await WithLinesAsync(4);
        Assert.True(await items.EndAsync(Lease, [Answered(1, "first"), Failed(2)], default));
        Assert.True(await items.EndAsync(Lease, [Answered(1, "second"), Failed(2), Answered(3, "third")], default));
        var job = await ReadAsync(Id);
        Assert.Equal((2, 1, 0.75), (job.ItemsCompleted, job.ItemsFailed, job.Progress));
        Assert.Equal(3, await ChargesAsync());

        var ended = await items.EndedAsync(Id, 0, 10, default);
        Assert.Equal([(1, JobStatus.Completed), (2, JobStatus.Failed), (3, JobStatus.Completed)], ended.Select(item => (item.Line, item.Status)));
        Assert.Equal(("first", 200, 2), (Encoding.UTF8.GetString(ended[0].Response!), ended[0].ResponseStatus, ended[0].Attempt));
        Assert.NotNull(ended[0].CompletedAt);
        Assert.Equal([4], (await items.OpenAsync(Id, 0, 10, default)).Select(item => item.Line));
        Assert.Equal([3], (await items.EndedAsync(Id, 2, 1, default)).Select(item => item.Line));
    }

    [Fact]
    public async Task LinesThatNobodyWillAsk_EndWithTheReason()
    {
        var items = await WithLinesAsync(3);
        await items.EndAsync(Lease, [Answered(2, "kept")], default);
        Assert.True(await items.EndOpenAsync(Lease, JobStatus.Expired, """{"code":"batch_expired"}""", default));
        Assert.True(await items.EndOpenAsync(Lease, JobStatus.Expired, """{"code":"again"}""", default));
        var job = await ReadAsync(Id);
        Assert.Equal((1, 2), (job.ItemsCompleted, job.ItemsFailed));
        var ended = await items.EndedAsync(Id, 0, 10, default);
        Assert.Equal([JobStatus.Expired, JobStatus.Completed, JobStatus.Expired], ended.Select(item => item.Status));
        Assert.Contains("batch_expired", ended[0].Error, StringComparison.Ordinal);
        Assert.Null(ended[1].Error);
        Assert.Null(ended[0].Response);
        Assert.Equal(1, await ChargesAsync());
    }

    [Fact]
    public async Task CancelledLines_AreNotCounted()
    {
        var items = await WithLinesAsync(3);
        Assert.True(await items.EndOpenAsync(Lease, JobStatus.Cancelled, """{"code":"batch_cancelled"}""", default));
        var job = await ReadAsync(Id);
        Assert.Equal((0, 0), (job.ItemsCompleted, job.ItemsFailed));
        Assert.All(await items.EndedAsync(Id, 0, 10, default), item => Assert.Equal(JobStatus.Cancelled, item.Status));
    }

    [Fact]
    public async Task AWorkerThatLostItsLease_ChangesNothing()
    {
        var items = await WithLinesAsync(2);
        await TakeOverAsync(Id);
        Assert.Null(await items.AddAsync(Lease, [Line(3)], default));
        Assert.False(await items.SetPhaseAsync(Lease, BatchPhase.Finalizing, 99, default));
        Assert.False(await items.EndAsync(Lease, [Answered(1, "late")], default));
        Assert.False(await items.EndOpenAsync(Lease, JobStatus.Cancelled, "{}", default));
        Assert.False(await items.EndAsync(Lease with { Worker = "w2" }, [Answered(1, "wrong attempt")], default));
        var job = await ReadAsync(Id);
        Assert.Equal((BatchPhase.InProgress, 2, 0, 0), (job.Phase, job.ItemsTotal, job.ItemsCompleted, job.ItemsFailed));
        Assert.Equal([1, 2], (await items.OpenAsync(Id, 0, 10, default)).Select(item => item.Line));
        Assert.Equal(0, await ChargesAsync());
        Assert.True(await items.EndAsync(new JobLease(Id, "w2", 2), [Answered(1, "in time")], default));
        Assert.Equal(1, (await ReadAsync(Id)).ItemsCompleted);
    }

    [Fact]
    public async Task LargeLines_ComeInShorterPages()
    {
        var items = await CreateAsync(Running());
        for (var line = 1; line <= 3; line++)
        {
            Assert.Empty((await items.AddAsync(Lease, [Line(line, request: new byte[5 * 1024 * 1024])], default))!);
        }

        Assert.Equal([1, 2], (await items.OpenAsync(Id, 0, 10, default)).Select(item => item.Line));
        Assert.Equal([3], (await items.OpenAsync(Id, 2, 10, default)).Select(item => item.Line));
    }

    private static Job Running() => new()
    {
        Id = Id,
        Kind = JobKind.Batch,
        Status = JobStatus.Running,
        Model = "",
        Request = "{}"u8.ToArray(),
        QueueAt = DateTimeOffset.UnixEpoch,
        RunAfter = DateTimeOffset.UnixEpoch,
        CreatedAt = DateTimeOffset.UnixEpoch,
        LeaseOwner = "w1",
        Attempt = 1,
    };

    private protected async Task<IBatchItems> WithLinesAsync(int count)
    {
        var items = await CreateAsync(Running());
        await items.AddAsync(Lease, [.. Enumerable.Range(1, count).Select(line => Line(line))], default);
        await items.SetPhaseAsync(Lease, BatchPhase.InProgress, count, default);
        return items;
    }

    private static JobItem Line(int line, string? customId = null, byte[]? request = null) => new()
    {
        JobId = Id,
        Line = line,
        CustomId = customId ?? $"c{line}",
        RequestId = $"r{line}",
        Request = request ?? Encoding.UTF8.GetBytes($$"""{"n":{{line}}}"""),
    };

    private static (JobItem, UsageRecord?) Answered(int line, string answer) => Ended(line, JobStatus.Completed, 200, answer);

    private static (JobItem, UsageRecord?) Failed(int line) => Ended(line, JobStatus.Failed, 400, """{"error":{}}""");

    private static (JobItem, UsageRecord?) Ended(int line, JobStatus status, int code, string answer)
    {
        var item = Line(line);
        item.Status = status;
        item.Response = Encoding.UTF8.GetBytes(answer);
        item.ResponseStatus = code;
        item.Attempt = 2;
        return (item, Rows.Usage($"r{line}", id: UsageRecorder.IdOf($"{Id}/{line}")));
    }
}

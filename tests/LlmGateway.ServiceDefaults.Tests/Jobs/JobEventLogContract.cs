using System.Globalization;
using System.Text;
using LlmGateway.Contracts.Jobs;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.TestSupport;

namespace LlmGateway.ServiceDefaults.Tests.Jobs;

/// <summary>What every event log does, wherever it keeps its events.</summary>
public abstract class JobEventLogContract
{
    private readonly string _job = $"job_{Guid.NewGuid():N}";

    /// <summary>A log as a process has it; all of a test see the same events.</summary>
    public abstract IJobEventLog Writer { get; }

    public abstract IJobEventLog Reader { get; }

    [Fact]
    public async Task Events_AreReadInTheirOrder_FromAnyPlace()
    {
        Assert.Equal(3, await AppendAsync(1, 0, "start", "a", "b"));
        Assert.Equal(4, await AppendAsync(1, 3, "ü\0\n"));

        string[] all = ["1-0 start", "1-1 a", "1-2 b", "1-3 ü\0\n"];
        Assert.Equal(all, await ReadAsync(JobEventId.None));
        for (var sequence = 0; sequence < all.Length; sequence++)
        {
            Assert.Equal(all[(sequence + 1)..], await ReadAsync(new JobEventId(1, sequence)));
        }

        Assert.Empty(await ReadAsync(new JobEventId(1, int.MaxValue)));
        Assert.Equal(all[1..3], await ReadAsync(new JobEventId(1, 0), limit: 2));
    }

    [Fact]
    public async Task AnUnknownJob_HasNoEvents()
    {
        Assert.Empty(await ReadAsync(JobEventId.None));
        Assert.Empty(await ReadAsync(new JobEventId(3, 4)));
        Assert.Equal(0, await AppendAsync(1, 0));
        Assert.Equal(0, await AppendAsync(1, 7, "late"));
        Assert.Empty(await ReadAsync(JobEventId.None));
    }

    [Fact]
    public async Task Repeats_AddNothing()
    {
        await AppendAsync(1, 0, "start", "a");
        Assert.Equal(2, await AppendAsync(1, 0, "start", "a"));
        Assert.Equal(2, await AppendAsync(1, 1, "a"));
        Assert.Equal(2, await AppendAsync(1, 0));
        Assert.Equal(4, await AppendAsync(1, 0, "start", "a", "b", "c"));
        Assert.Equal(5, await AppendAsync(1, 3, "c", "d"));

        Assert.Equal(["1-0 start", "1-1 a", "1-2 b", "1-3 c", "1-4 d"], await ReadAsync(JobEventId.None));
    }

    [Fact]
    public async Task AGap_IsNotWritten_AndTheCallerLearnsWhereToGoOn()
    {
        await AppendAsync(1, 0, "start", "a");

        Assert.Equal(2, await AppendAsync(1, 5, "f"));

        Assert.Equal(["1-0 start", "1-1 a"], await ReadAsync(JobEventId.None));
    }

    [Fact]
    public async Task ALaterAttempt_TakesThePlaceOfTheEarlierOne_WhichCanWriteNoMore()
    {
        await AppendAsync(1, 0, "start", "a", "b");
        // Its event 0 got lost: what the first attempt wrote stays until it comes.
        Assert.Equal(0, await AppendAsync(2, 4, "x"));
        Assert.Equal(3, (await ReadAsync(JobEventId.None)).Count);

        Assert.Equal(2, await AppendAsync(2, 0, "again", "x"));

        Assert.Equal(-1, await AppendAsync(1, 3, "c"));
        Assert.Equal(-1, await AppendAsync(1, 0, "start"));
        string[] all = ["2-0 again", "2-1 x"];
        Assert.Equal(all, await ReadAsync(JobEventId.None));
        Assert.Equal(all, await ReadAsync(new JobEventId(1, 1)));
        Assert.Equal(all, await ReadAsync(new JobEventId(7, 100)));
        Assert.Equal(all[1..], await ReadAsync(new JobEventId(2, 0)));
    }

    [Fact]
    public async Task AttemptsGrowAsNumbers()
    {
        await AppendAsync(9, 0, "nine");
        Assert.Equal(1, await AppendAsync(10, 0, "ten"));
        Assert.Equal(-1, await AppendAsync(9, 1, "nine"));
        Assert.Equal(["10-0 ten"], await ReadAsync(JobEventId.None));
    }

    [Fact]
    public async Task AfterALoss_EverythingIsAskedForAgain()
    {
        await AppendAsync(1, 0, "start", "a");
        await Writer.ForgetAsync(_job, TimeSpan.Zero, TestTimeouts.Token());
        Assert.Empty(await ReadAsync(JobEventId.None));

        Assert.Equal(0, await AppendAsync(1, 2, "b"));
        Assert.Empty(await ReadAsync(JobEventId.None));
        Assert.Equal(3, await AppendAsync(1, 0, "start", "a", "b"));

        Assert.Equal(["1-1 a", "1-2 b"], await ReadAsync(new JobEventId(1, 0)));
    }

    [Fact]
    public async Task WhatIsForgotten_GoesAfterTheDelay()
    {
        await AppendAsync(1, 0, "start");
        await Writer.ForgetAsync(_job, TimeSpan.FromMilliseconds(200), TestTimeouts.Token());
        await Writer.ForgetAsync("no such job", TimeSpan.FromMilliseconds(200), TestTimeouts.Token());

        await Eventually.IsTrueAsync(async () => (await ReadAsync(JobEventId.None)).Count == 0, "The events are gone");
    }

    [Fact]
    public async Task ManyEvents_ComeWholeAndInOrder()
    {
        // More than one call to a server takes, in number and in bytes.
        var documents = Enumerable.Range(0, 1700).Select(i => i.ToString(CultureInfo.InvariantCulture).PadRight(i % 100 == 0 ? 200_000 : 10)).ToArray();
        Assert.Equal(documents.Length, await AppendAsync(1, 0, documents));

        var after = JobEventId.None;
        var read = new List<string>();
        while (await Reader.ReadAsync(_job, after, 300, TestTimeouts.Token()) is { Count: > 0 } page)
        {
            read.AddRange(page.Select(e => Encoding.UTF8.GetString(e.Document.Span)));
            after = page[^1].Id;
        }

        Assert.Equal(documents, read);
    }

    [Fact]
    public async Task TwoWritersOfOneAttempt_LeaveEveryEventOnce()
    {
        var documents = Enumerable.Range(0, 200).Select(i => $"event {i}").ToArray();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            for (var next = 0; next < documents.Length;)
            {
                next = await AppendAsync(1, next, documents[next..Math.Min(next + 7, documents.Length)]);
            }
        }));

        Assert.Equal(documents.Select((text, i) => $"1-{i} {text}"), await ReadAsync(JobEventId.None));
    }

    [Fact]
    public async Task WhoWatches_IsCalledForItsJobOnly_AndNoMoreAfterwards()
    {
        using var woken = new SemaphoreSlim(0);
        var other = 0;
        using var elsewhere = Reader.Watch(_job + "x", () => Interlocked.Increment(ref other));
        using var beside = Reader.Watch(_job, () => { });
        var watch = Reader.Watch(_job, () => woken.Release());
        await UntilWokenAsync(() => Writer.NotifyAsync(_job, TestTimeouts.Token()).AsTask(), woken);

        var next = 0;
        await UntilWokenAsync(async () => next = await AppendAsync(1, next, "event"), woken);

        watch.Dispose();
        watch.Dispose();
        var last = 0;
        using var behind = Reader.Watch(_job, () => Interlocked.Increment(ref last));
        while (woken.Wait(0))
        {
        }

        await Eventually.IsTrueAsync(
            async () =>
            {
                await Writer.NotifyAsync(_job, TestTimeouts.Token());
                return Volatile.Read(ref last) > 0;
            },
            "The watcher that is left is called");
        Assert.Equal(0, woken.CurrentCount);
        // A subscription that has just been made calls everybody once, for what they may have missed.
        Assert.InRange(Volatile.Read(ref other), 0, 1);
    }

    [Fact]
    public async Task ACallersToken_EndsTheCall()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Reader.ReadAsync(_job, JobEventId.None, 1, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Writer.AppendAsync(_job, 1, 0, [], cancelled));
    }

    /// <summary>Again and again, as a subscription is made in the background.</summary>
    private static async Task UntilWokenAsync(Func<Task> cause, SemaphoreSlim woken) =>
        await Eventually.IsTrueAsync(
            async () =>
            {
                await cause();
                return await woken.WaitAsync(TimeSpan.FromMilliseconds(100));
            },
            "The watcher is called");

    private async Task<int> AppendAsync(int attempt, int first, params string[] documents) =>
        await Writer.AppendAsync(_job, attempt, first, Documents(documents), TestTimeouts.Token());

    private async Task<IReadOnlyList<string>> ReadAsync(JobEventId after, int limit = 10_000) =>
        [.. (await Reader.ReadAsync(_job, after, limit, TestTimeouts.Token())).Select(e => $"{e.Id} {Encoding.UTF8.GetString(e.Document.Span)}")];

    internal static IReadOnlyList<ReadOnlyMemory<byte>> Documents(params string[] documents) =>
        [.. documents.Select(text => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text))];
}

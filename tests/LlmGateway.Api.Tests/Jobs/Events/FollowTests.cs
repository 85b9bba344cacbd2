using LlmGateway.Api.Jobs.Events;
using LlmGateway.Data.Jobs;
using Microsoft.Extensions.DependencyInjection;
using static LlmGateway.Api.Tests.Jobs.Events.EventsFixture;

namespace LlmGateway.Api.Tests.Jobs.Events;

/// <summary>Who follows a job gets each of its events once and in order, whatever happens on the way.</summary>
public sealed class FollowTests(EventsFixture fixture) : IClassFixture<EventsFixture>
{
    private const int Last = 7;

    [Fact]
    public async Task AJob_IsFollowedFromTheQueueToItsEnd()
    {
        var job = fixture.Run();
        fixture.Rows.Change(job.Id, row => (row.Status, row.Attempt) = (JobStatus.Queued, 0));
        using var stream = await FollowedStream.OpenAsync(fixture.Client, job.Id);
        var first = (await stream.NextAsync())!;
        Assert.Equal(("status", null), (first.Name, first.Id));
        Assert.Equal(("queued", 0, 3), (first.Json.GetProperty("status").GetString(), first.Json.GetProperty("progress").GetInt32(), first.Json.GetProperty("queuePosition").GetInt32()));

        fixture.Rows.Change(job.Id, row => (row.Status, row.Attempt, row.Progress) = (JobStatus.Running, 1, 0.25));
        var second = (await stream.NextAsync())!;
        Assert.Equal(("status", "running", 25), (second.Name, second.Json.GetProperty("status").GetString(), second.Json.GetProperty("progress").GetInt32()));

        var documents = Documents(1, Last);
        for (var i = 0; i <= Last; i++)
        {
            await fixture.AppendAsync(job, i, documents[i]);
            var next = (await stream.NextWithIdAsync())!;
            Assert.Equal((i == 0 ? "started" : "chunk", $"1-{i}", documents[i]), (next.Name, next.Id, next.Data));
        }

        await fixture.EndAsync(job, JobStatus.Completed, documents);
        var end = (await stream.NextWithIdAsync())!;
        Assert.Equal(("completed", "end"), (end.Name, end.Id));
        Assert.Equal((job.Id, "completed"), (end.Json.GetProperty("id").GetString(), end.Json.GetProperty("status").GetString()));
        Assert.Null(await stream.NextAsync());
    }

    [Fact]
    public async Task Resume_AtEveryEvent_GivesExactlyTheRest_WhileItRunsAndAfterwards()
    {
        var job = fixture.Run();
        var documents = Documents(1, Last);
        await fixture.AppendAsync(job, 0, documents);
        for (var seen = -1; seen <= Last; seen++)
        {
            using var stream = await FollowedStream.OpenAsync(fixture.Client, job.Id, seen < 0 ? null : $"1-{seen}");
            Assert.Equal(Words(1, Last, seen + 1), await stream.TakeAsync(Last - seen));
        }

        await fixture.EndAsync(job, JobStatus.Completed, documents);
        for (var seen = -1; seen <= Last; seen++)
        {
            using var stream = await FollowedStream.OpenAsync(fixture.Client, job.Id, seen < 0 ? null : $"1-{seen}");
            Assert.Equal(Ended(Words(1, Last, seen + 1), "completed"), await stream.RestAsync());
        }
    }

    [Theory]
    [InlineData(JobStatus.Completed, "completed")]
    [InlineData(JobStatus.Failed, "failed")]
    [InlineData(JobStatus.Cancelled, "cancelled")]
    [InlineData(JobStatus.Expired, "expired")]
    public async Task EveryEnd_HasItsName_WithAndWithoutEvents(JobStatus status, string name)
    {
        var without = fixture.Run();
        await fixture.EndAsync(without, status);
        using var bare = await FollowedStream.OpenAsync(fixture.Client, without.Id);
        Assert.Equal(Ended([], name), await bare.RestAsync());

        var with = fixture.Run(attempt: 3);
        using var stream = await FollowedStream.OpenAsync(fixture.Client, with.Id);
        await fixture.EndAsync(with, status, Documents(3, 2));
        Assert.Equal(Ended(Words(3, 2), name), await stream.RestAsync());
    }

    [Fact]
    public async Task ALaterAttempt_BeginsWithItsStart_InMidStreamAndAfterTheEnd()
    {
        var job = fixture.Run();
        await fixture.AppendAsync(job, 0, Documents(1, 3));
        using var stream = await FollowedStream.OpenAsync(fixture.Client, job.Id);
        Assert.Equal(Words(1, 3), await stream.TakeAsync(4));

        fixture.Rows.Change(job.Id, row => row.Attempt = 2);
        await fixture.AppendAsync(job, 0, Documents(2, 1));
        Assert.Equal(Words(2, 1), await stream.TakeAsync(2));

        // A third attempt, of which nobody could write anything while it ran.
        fixture.Rows.Change(job.Id, row => row.Attempt = 3);
        await fixture.EndAsync(job, JobStatus.Completed, Documents(3, 2));
        Assert.Equal(Ended(Words(3, 2), "completed"), await stream.RestAsync());

        foreach (var seen in new[] { "1-3", "2-0", "2-99" })
        {
            using var late = await FollowedStream.OpenAsync(fixture.Client, job.Id, seen);
            Assert.Equal(Ended(Words(3, 2), "completed"), await late.RestAsync());
        }
    }

    [Fact]
    public async Task ALogThatLostEverything_CostsNoEventAndRepeatsNone()
    {
        var job = fixture.Run();
        var documents = Documents(1, Last);
        await fixture.AppendAsync(job, 0, documents[..4]);
        using var stream = await FollowedStream.OpenAsync(fixture.Client, job.Id);
        Assert.Equal(Words(1, 3), await stream.TakeAsync(4));

        await fixture.Log.ForgetAsync(job.Id, TimeSpan.Zero, TestTimeouts.Token());
        // The worker sends all of it again, bit by bit.
        Assert.Equal(0, await fixture.AppendAsync(job, 4, documents[4]));
        await fixture.AppendAsync(job, 0, documents[..2]);
        await fixture.AppendAsync(job, 2, documents[2..6]);
        Assert.Equal(Words(1, 5, 4), await stream.TakeAsync(2));

        // Lost again, and this time for good.
        await fixture.Log.ForgetAsync(job.Id, TimeSpan.Zero, TestTimeouts.Token());
        await fixture.EndAsync(job, JobStatus.Completed, documents);
        Assert.Equal(Ended(Words(1, Last, 6), "completed"), await stream.RestAsync());
    }

    [Fact]
    public async Task WithoutTheLog_TheRowIsEnough()
    {
        var job = fixture.Run();
        using var stream = await FollowedStream.OpenAsync(fixture.Client, job.Id);
        await fixture.AppendAsync(job, 0, Documents(1, 1));
        Assert.Equal(Words(1, 1), await stream.TakeAsync(2));
        fixture.Log.IsAway = true;
        try
        {
            fixture.Rows.Change(job.Id, row => row.Progress = 0.5);
            Assert.Equal(50, (await stream.NextAsync())!.Json.GetProperty("progress").GetInt32());
            using var late = await FollowedStream.OpenAsync(fixture.Client, job.Id);
            await fixture.EndAsync(job, JobStatus.Completed, Documents(1, 4));
            Assert.Equal(Ended(Words(1, 4, 2), "completed"), await stream.RestAsync());
            Assert.Equal(Ended(Words(1, 4), "completed"), await late.RestAsync());
        }
        finally
        {
            fixture.Log.IsAway = false;
        }
    }

    [Fact]
    public async Task WithoutTheDatabase_AStreamLivesOn_AndGoesToItsEndAfterwards()
    {
        var job = fixture.Run();
        using var stream = await FollowedStream.OpenAsync(fixture.Client, job.Id);
        await stream.NextAsync();
        fixture.Rows.IsAway = true;
        try
        {
            var before = stream.Comments;
            await fixture.AppendAsync(job, 0, Documents(1, 1));
            Assert.Equal(Words(1, 1), await stream.TakeAsync(2));
            fixture.Rows.End(job.Id, JobStatus.Completed, Documents(1, 2));
            var rest = stream.RestAsync();
            await Eventually.IsTrueAsync(() => stream.Comments > before + 10, "The quiet stream gets comments");
            Assert.False(rest.IsCompleted);

            fixture.Rows.IsAway = false;
            Assert.Equal(Ended(Words(1, 2, 2), "completed"), await rest);
        }
        finally
        {
            fixture.Rows.IsAway = false;
        }
    }

    [Fact]
    public async Task ALongAnswer_ComesWhole()
    {
        var job = fixture.Run();
        string[] documents = [.. Documents(1, 2000).Select((d, i) => i % 200 == 1 ? $$"""{"chunk":"{{new string('x', 100_000)}}"}""" : d)];
        string[] words = [.. documents.Select((d, i) => $"1-{i} {d}")];
        await fixture.AppendAsync(job, 0, documents[..1500]);
        using var stream = await FollowedStream.OpenAsync(fixture.Client, job.Id);
        Assert.Equal(words[..1500], await stream.TakeAsync(1500));
        await fixture.EndAsync(job, JobStatus.Completed, documents);
        Assert.Equal(Ended(words[1500..], "completed"), await stream.RestAsync());
    }

    [Fact]
    public async Task ADeletedJob_EndsTheStreamWithoutAnEnd()
    {
        var job = fixture.Run();
        using var stream = await FollowedStream.OpenAsync(fixture.Client, job.Id);
        await stream.NextAsync();
        fixture.Rows.Delete(job.Id);
        Assert.Null(await stream.NextAsync());
    }

    [Fact]
    public async Task ManyWhoComeAndGo_EachGetAllEvents_ForFewQuestions_AndLeaveNothingBehind()
    {
        const int followers = 150;
        const int last = 60;
        var jobs = Enumerable.Range(0, 10).Select(_ => fixture.Run()).ToArray();
        var documents = Documents(1, last);
        var watcher = fixture.Gateway.Services.GetRequiredService<JobWatcher>();
        var questions = fixture.Rows.StateQuestions;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var following = Enumerable.Range(0, followers).Select(i => FollowAsync(jobs[i % jobs.Length], new Random(i))).ToArray();
        for (var i = 0; i <= last; i++)
        {
            await Task.WhenAll(jobs.Select(job => fixture.AppendAsync(job, i, documents[i])));
        }

        await Task.WhenAll(jobs.Select(job => fixture.EndAsync(job, JobStatus.Completed, documents)));
        foreach (var got in await Task.WhenAll(following))
        {
            Assert.Equal(Ended(Words(1, last), "completed"), got);
        }

        // At most one in 50 ms, however many follow.
        Assert.InRange(fixture.Rows.StateQuestions - questions, 0, (clock.ElapsedMilliseconds / 50) + 5);
        await Eventually.IsTrueAsync(() => watcher.Count == 0, "Nobody follows any more");

        async Task<string[]> FollowAsync(Job job, Random random)
        {
            var got = new List<string>();
            string? seen = null;
            while (true)
            {
                using var stream = await FollowedStream.OpenAsync(fixture.Client, job.Id, seen);
                for (var left = random.Next(1, 25); left > 0; left--)
                {
                    var next = (await stream.NextWithIdAsync())!;
                    got.Add(next.ToString());
                    seen = next.Id;
                    if (seen == "end")
                    {
                        return [.. got];
                    }
                }
            }
        }
    }

    [Fact]
    public async Task AClientThatLeaves_FreesTheJobAtOnce()
    {
        var job = fixture.Run();
        var watcher = fixture.Gateway.Services.GetRequiredService<JobWatcher>();
        var before = watcher.Count;
        var stream = await FollowedStream.OpenAsync(fixture.Client, job.Id);
        await stream.NextAsync();
        Assert.Equal(before + 1, watcher.Count);
        stream.Dispose();
        await Eventually.IsTrueAsync(() => watcher.Count == before, "The job is followed no more");
    }

    private static string[] Ended(string[] words, string end) => [.. words, end];
}

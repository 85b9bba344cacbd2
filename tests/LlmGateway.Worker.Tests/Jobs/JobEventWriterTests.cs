using System.Text;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.TestSupport;
using LlmGateway.Worker.Jobs;

namespace LlmGateway.Worker.Tests.Jobs;

public sealed class JobEventWriterTests
{
    private readonly FaultyLog _log = new();
    private readonly RunningJob _job = Running();

    [Fact]
    public async Task Events_ArriveInOrder_AndAllAreKept()
    {
        await using var writer = new JobEventWriter(_log, _job, TimeProvider.System);
        var expected = Add(writer, 0, 2000);
        await ArrivesAsync(expected);
        Assert.Equal(expected, Archived(writer));
        // Not one call for each.
        Assert.InRange(_log.Appends, 1, 200);
    }

    [Fact]
    public async Task ALogThatHasLostEverything_GetsAllAgain()
    {
        await using var writer = new JobEventWriter(_log, _job, TimeProvider.System);
        await ArrivesAsync(Add(writer, 0, 700));
        _log.LoseEverything();
        await ArrivesAsync([.. Lines(0, 700), .. Add(writer, 700, 1).TakeLast(1)]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ALogThatIsAway_GetsThemLater(bool away)
    {
        _log.Fault = away ? new JobLogUnavailableException("away") : new InvalidOperationException("trouble");
        await using var writer = new JobEventWriter(_log, _job, TimeProvider.System);
        var expected = Add(writer, 0, 10);
        await Eventually.IsTrueAsync(() => _log.Failures > 0, "it was tried");
        Assert.Equal(expected, Archived(writer));
        _log.Fault = null;
        await ArrivesAsync(expected);
        Assert.Equal(StopReason.None, _job.Reason);
    }

    [Fact]
    public async Task ALaterAttempt_StopsTheJob()
    {
        _log.IsTaken = true;
        await using var writer = new JobEventWriter(_log, _job, TimeProvider.System);
        await Eventually.IsTrueAsync(() => _job.Reason == StopReason.LeaseLost, "the job is stopped");
        Add(writer, 0, 3);
        Assert.Empty(_log.Events);
    }

    [Fact]
    public async Task ALogThatHoldsMoreThanWasWritten_IsNoReasonToStop()
    {
        await using var other = new JobEventWriter(_log, Running(), TimeProvider.System);
        var there = Add(other, 0, 5);
        await ArrivesAsync(there);
        await using var writer = new JobEventWriter(_log, _job, TimeProvider.System);
        await Eventually.IsTrueAsync(() => _log.Appends > 1, "the first event was sent");
        var appends = _log.Appends;
        Add(writer, 0, 20);
        await Eventually.IsTrueAsync(() => _log.Appends > appends && _log.Events.Length == 21, "the others were");
    }

    private static RunningJob Running()
    {
        var now = TimeProvider.System.GetUtcNow();
        var row = new Job { Id = "job_1", Kind = JobKind.Chat, Model = "m", Request = [], QueueAt = now, RunAfter = now, CreatedAt = now };
        return new RunningJob(row, new JobLease(row.Id, "w", 1));
    }

    private static IEnumerable<string> Lines(int first, int count) => ["""{"attempt":1}""", .. Enumerable.Range(first, count).Select(i => $"{{\"i\":{i}}}")];

    private static string[] Add(JobEventWriter writer, int first, int count)
    {
        var lines = Lines(first, count).ToArray();
        foreach (var line in lines.Skip(1))
        {
            writer.Add(Encoding.UTF8.GetBytes(line));
        }

        return lines;
    }

    private static string[] Archived(JobEventWriter writer) => [.. JobEventArchive.Read(writer.Archive()).Select(Encoding.UTF8.GetString)];

    private Task ArrivesAsync(string[] expected) => Eventually.IsTrueAsync(() => _log.Events.SequenceEqual(expected), "the log has them all, in order");
}

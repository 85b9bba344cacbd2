using LlmGateway.Data.Journal;
using LlmGateway.Data.Tests.Support;
using LlmGateway.Data.Usage;

namespace LlmGateway.Data.Tests.Journal;

public sealed class JournalFilesTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("journal-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Replay_HandsOutEveryFieldOfEveryRow_AndEmptiesTheDirectory()
    {
        using var journal = Open();
        UsageRecord[] rows = [.. Enumerable.Range(0, 25).Select(n => Rows.Usage($"r{n}"))];
        Assert.Equal(25, journal.Append(rows, toDisk: true));
        var batches = new List<UsageRecord[]>();

        var count = await ReplayAsync(journal, batches);

        Assert.Equal(25, count);
        Assert.Equal([10, 10, 5], batches.Select(batch => batch.Length));
        var read = batches.SelectMany(batch => batch).ToArray();
        foreach (var property in typeof(UsageRecord).GetProperties())
        {
            Assert.Equal(rows.Select(property.GetValue), read.Select(property.GetValue));
        }

        Assert.Empty(_directory.GetFiles());
        Assert.Equal(0, journal.Bytes);
    }

    [Fact]
    public async Task Replay_ThatFails_KeepsTheRows()
    {
        using var journal = Open();
        journal.Append([Rows.Usage("a"), Rows.Usage("b")], toDisk: true);

        await Assert.ThrowsAsync<TimeoutException>(() =>
            journal.ReplayAsync(10, _ => throw new TimeoutException(), (_, _) => { }, default));

        var batches = new List<UsageRecord[]>();
        Assert.Equal(2, await ReplayAsync(journal, batches));
    }

    [Fact]
    public async Task Replay_LeavesASegmentAlone_WhileAnotherProcessWritesIt()
    {
        using var mine = Open();
        var other = Open();
        other.Append([Rows.Usage("theirs")], toDisk: true);
        mine.Append([Rows.Usage("mine")], toDisk: true);
        var batches = new List<UsageRecord[]>();

        Assert.Equal(1, await ReplayAsync(mine, batches));
        Assert.Equal("mine", batches[0][0].RequestId);

        // A process that dies lets go of its lock.
        other.Dispose();
        Assert.Equal(1, await ReplayAsync(mine, batches));
        Assert.Equal("theirs", batches[1][0].RequestId);
    }

    [Fact]
    public async Task Replay_KeepsATornLineForAPerson_AndWritesTheRest()
    {
        using (var journal = Open())
        {
            journal.Append([Rows.Usage("whole")], toDisk: true);
        }

        var segment = _directory.GetFiles().Single();
        await File.AppendAllTextAsync(segment.FullName, """{"RequestId":"to""");
        using var next = Open();
        var batches = new List<UsageRecord[]>();
        var torn = 0;

        await next.ReplayAsync(10, batch => { batches.Add([.. batch]); return Task.CompletedTask; }, (_, lines) => torn = lines, default);

        Assert.Equal("whole", Assert.Single(Assert.Single(batches)).RequestId);
        Assert.Equal(1, torn);
        Assert.EndsWith(".unreadable", _directory.GetFiles().Single().Name, StringComparison.Ordinal);
    }

    [Fact]
    public void Append_BeyondTheLimit_SaysHowManyRowsFoundPlace()
    {
        using var journal = Open(maxBytes: 2_000);
        UsageRecord[] rows = [.. Enumerable.Range(0, 20).Select(n => Rows.Usage($"r{n}"))];

        var kept = journal.Append(rows, toDisk: true);

        Assert.InRange(kept, 1, 19);
        Assert.Equal(0, journal.Append(rows, toDisk: true));
        Assert.InRange(journal.Bytes, 1, 2_000);
    }

    private JournalFiles<UsageRecord> Open(long maxBytes = 1 << 20) =>
        new(_directory.FullName, "usage", RecordJson.Default.UsageRecord, maxBytes, TimeProvider.System);

    private static Task<int> ReplayAsync(JournalFiles<UsageRecord> journal, List<UsageRecord[]> batches) =>
        journal.ReplayAsync(
            10,
            batch =>
            {
                batches.Add([.. batch]);
                return Task.CompletedTask;
            },
            (_, _) => Assert.Fail("No line is unreadable."),
            default);
}

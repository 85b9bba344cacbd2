using System.Security.Cryptography;
using System.Text;
using LlmGateway.Data.Files;
using LlmGateway.TestSupport;

namespace LlmGateway.Data.Tests.Files;

/// <summary>What every file store does.</summary>
public abstract class FileStoreContract
{
    private static readonly DateTimeOffset Start = new(2026, 3, 29, 12, 0, 0, TimeSpan.Zero);

    protected abstract IFileStore Store { get; }

    [Fact]
    public async Task Pieces_ComeBackInOrder_AsTheyWere()
    {
        await Store.BeginAsync(File("f", filename: "Zoë 🦊.jsonl", expiresAt: DateTimeOffset.MaxValue.AddDays(-400)), default);
        await AppendAsync("f", 0, "one");
        await AppendAsync("f", 1, "two");
        await Store.AppendAsync("f", 2, new byte[] { 0, 255, 0 }, default);
        var whole = await Store.CompleteAsync("f", 9, default);

        Assert.Equal(("f", "k1", "ada", "Zoë 🦊.jsonl", "batch", 9L, Start), (whole.Id, whole.ApiKeyId, whole.Owner, whole.Filename, whole.Purpose, whole.Bytes, whole.CreatedAt));
        Assert.NotNull(whole.UploadedAt);
        var found = await Store.FindAsync("f", "k1", default);
        Assert.Equal((whole.Bytes, whole.UploadedAt, whole.ExpiresAt, whole.Filename), (found!.Bytes, found.UploadedAt, found.ExpiresAt, found.Filename));
        Assert.Equal("one", await ReadAsync("f", 0));
        Assert.Equal("two", await ReadAsync("f", 1));
        Assert.Equal([0, 255, 0], await Store.ReadAsync("f", 2, default));
        Assert.Null(await Store.ReadAsync("f", 3, default));
    }

    [Fact]
    public async Task WhatBeganAndIsNotComplete_IsSeenByNobody()
    {
        await Store.BeginAsync(File("f"), default);
        await AppendAsync("f", 0, "one");
        Assert.Null(await Store.FindAsync("f", "k1", default));
        Assert.Null(await Store.FindAsync("f", null, default));
        Assert.Null(await Store.ReadAsync("f", 0, default));
        Assert.Empty(await Store.ListAsync("k1", null, 10, null, default));
    }

    [Fact]
    public async Task WhatHasComeOfAFile_CountsAtOnce_AndOnce()
    {
        await Store.BeginAsync(File("f"), default);
        Assert.Equal(0, await Store.TotalBytesAsync("k1", default));
        await AppendAsync("f", 0, "one");
        await AppendAsync("f", 1, "four");
        await Assert.ThrowsAsync<FileLostException>(() => AppendAsync("f", 1, "again"));
        Assert.Equal(7, await Store.TotalBytesAsync("k1", default));
        await Store.CompleteAsync("f", 7, default);
        Assert.Equal(7, await Store.TotalBytesAsync("k1", default));

        // Begun anew it holds nothing, and deleted neither.
        await Store.BeginAsync(File("g"), default);
        await AppendAsync("g", 0, "12345");
        await Store.BeginAsync(File("g"), default);
        Assert.Equal(7, await Store.TotalBytesAsync("k1", default));
        await AppendAsync("g", 0, "12345");
        await Store.DeleteAsync("g", "k1", default);
        Assert.Equal(7, await Store.TotalBytesAsync("k1", default));
    }

    [Fact]
    public async Task PurposeAndExpiry_CanBeToldAfterThePieces_ButNotOfAWholeFile()
    {
        var expiry = new DateTimeOffset(2126, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await Store.BeginAsync(File("f", purpose: "", createdAt: Start.AddHours(1)), default);
        await AppendAsync("f", 0, "one");
        await Store.DescribeAsync("f", "user_data", expiry, default);
        Assert.Equal(("user_data", expiry, Start.AddHours(1)), ((await Store.CompleteAsync("f", 3, default)) is var whole ? (whole.Purpose, whole.ExpiresAt!.Value, whole.CreatedAt) : default));
        await Assert.ThrowsAsync<FileLostException>(() => Store.DescribeAsync("f", "batch", null, default));
        await Assert.ThrowsAsync<FileLostException>(() => Store.DescribeAsync("nothing", "batch", null, default));
        Assert.Equal(["f"], await ListAsync("k1", purpose: "user_data"));
        Assert.Equal(3, (await Store.FindAsync("f", "k1", default))!.Bytes);
    }

    [Fact]
    public async Task AFileWithoutContent_IsAFile()
    {
        await Store.BeginAsync(File("f"), default);
        await Store.CompleteAsync("f", 0, default);
        Assert.Equal(0, (await Store.FindAsync("f", "k1", default))!.Bytes);
        Assert.Null(await Store.ReadAsync("f", 0, default));
    }

    [Fact]
    public async Task BeginningAnew_ForgetsThePiecesBefore()
    {
        await Store.BeginAsync(File("f", filename: "old"), default);
        await AppendAsync("f", 0, "old piece");
        await AppendAsync("f", 1, "another");
        await Store.BeginAsync(File("f", filename: "new"), default);
        await AppendAsync("f", 0, "new");
        Assert.Equal("new", (await Store.CompleteAsync("f", 3, default)).Filename);
        Assert.Equal("new", await ReadAsync("f", 0));
        Assert.Null(await Store.ReadAsync("f", 1, default));
    }

    [Fact]
    public async Task AWholeFile_IsNeitherBegunAnewNorAddedTo()
    {
        await WriteAsync(File("f"), "content");
        await Assert.ThrowsAsync<FileLostException>(() => Store.BeginAsync(File("f"), default));
        await Assert.ThrowsAsync<FileLostException>(() => AppendAsync("f", 1, "more"));
        Assert.Equal("content", await ReadAsync("f", 0));
    }

    [Fact]
    public async Task Completing_Again_GivesTheSameAnswer_AndWithAnotherLengthNone()
    {
        await WriteAsync(File("f"), "content");
        var first = await Store.FindAsync("f", null, default);
        Assert.Equal(first!.UploadedAt, (await Store.CompleteAsync("f", 7, default)).UploadedAt);
        await Assert.ThrowsAsync<FileLostException>(() => Store.CompleteAsync("f", 8, default));
        await Assert.ThrowsAsync<FileLostException>(() => Store.CompleteAsync("nothing", 0, default));
        Assert.Equal(7, (await Store.FindAsync("f", null, default))!.Bytes);
    }

    [Fact]
    public async Task Completing_WithBytesMissing_IsRefused()
    {
        await Store.BeginAsync(File("f"), default);
        await AppendAsync("f", 0, "one");
        await Assert.ThrowsAsync<FileLostException>(() => Store.CompleteAsync("f", 6, default));
        Assert.Null(await Store.FindAsync("f", null, default));
    }

    [Fact]
    public async Task AppendingToAFileThatWasDeletedMeanwhile_Fails()
    {
        await Store.BeginAsync(File("f"), default);
        await AppendAsync("f", 0, "one");
        Assert.True(await Store.DeleteAsync("f", "k1", default));
        await Assert.ThrowsAsync<FileLostException>(() => AppendAsync("f", 1, "two"));
        await Assert.ThrowsAsync<FileLostException>(() => Store.CompleteAsync("f", 3, default));
        await Assert.ThrowsAsync<FileLostException>(() => AppendAsync("never", 0, "one"));
    }

    [Fact]
    public async Task APiece_TwiceOrWithAGap_IsRefused()
    {
        await Store.BeginAsync(File("f"), default);
        await AppendAsync("f", 0, "one");
        await Assert.ThrowsAsync<FileLostException>(() => AppendAsync("f", 0, "one"));
        await Assert.ThrowsAsync<FileLostException>(() => AppendAsync("f", 2, "three"));
        await AppendAsync("f", 1, "two");
        Assert.Equal(6, (await Store.CompleteAsync("f", 6, default)).Bytes);
    }

    [Fact]
    public async Task TwoThatWriteTheSameFile_LeaveItWholeOnceAtMost()
    {
        for (var round = 0; round < 10; round++)
        {
            var id = $"f{round}";
            var outcomes = await Task.WhenAll(RaceAsync(id, "aaaa"), RaceAsync(id, "aaaa"));
            var file = await Store.FindAsync(id, null, default);
            // Both may lose. Who wins may have taken over pieces of the other, which are the same (a batch's output, written twice).
            Assert.Equal(outcomes.Any(won => won), file is not null);
            Assert.InRange(outcomes.Count(won => won), 0, 1);
            if (file is not null)
            {
                var pieces = new List<string>();
                for (var i = 0; await Store.ReadAsync(id, i, default) is { } piece; i++)
                {
                    pieces.Add(Encoding.UTF8.GetString(piece));
                }

                Assert.Equal(Enumerable.Range(0, 8).Select(i => $"{i}aaaa"), pieces);
            }
        }
    }

    [Fact]
    public async Task AnotherKeysFile_IsNotFoundListedOrDeleted()
    {
        await WriteAsync(File("f1", "k1"), "one");
        await WriteAsync(File("f2", "k2"), "three");
        await WriteAsync(File("f3", null), "nobody");
        Assert.Null(await Store.FindAsync("f1", "k2", default));
        Assert.NotNull(await Store.FindAsync("f1", null, default));
        Assert.False(await Store.DeleteAsync("f1", "k2", default));
        Assert.False(await Store.DeleteAsync("f3", "k2", default));
        Assert.Equal(["f1"], await ListAsync("k1"));
        Assert.Equal(["f2"], await ListAsync("k2"));
        Assert.Equal(["f3"], await ListAsync(null));
        Assert.Equal((3L, 5L, 6L), (await Store.TotalBytesAsync("k1", default), await Store.TotalBytesAsync("k2", default), await Store.TotalBytesAsync(null, default)));
    }

    [Fact]
    public async Task ADeletedFile_IsGone_AndItsIdIsFree()
    {
        await WriteAsync(File("f"), "one", "two");
        Assert.True(await Store.DeleteAsync("f", "k1", default));
        Assert.False(await Store.DeleteAsync("f", "k1", default));
        Assert.Null(await Store.FindAsync("f", null, default));
        Assert.Null(await Store.ReadAsync("f", 0, default));
        Assert.Empty(await ListAsync("k1"));
        Assert.Equal(0, await Store.TotalBytesAsync("k1", default));
        await WriteAsync(File("f"), "new");
        Assert.Equal("new", await ReadAsync("f", 0));
    }

    [Fact]
    public async Task AList_IsPagedNewestFirst_AlsoWithinOneInstant()
    {
        foreach (var (id, second, purpose) in new[] { ("a", 1, "batch"), ("b", 2, "batch"), ("c", 2, "batch_output"), ("d", 2, "batch"), ("e", 0, "batch") })
        {
            await WriteAsync(File(id, purpose: purpose, createdAt: Start.AddSeconds(second)), "x");
        }

        Assert.Equal(["d", "c", "b", "a", "e"], await ListAsync("k1"));
        Assert.Equal(["d", "c"], await ListAsync("k1", limit: 2));
        Assert.Equal(["b", "a"], await ListAsync("k1", limit: 2, after: "c"));
        Assert.Equal(["e"], await ListAsync("k1", limit: 2, after: "a"));
        Assert.Empty(await ListAsync("k1", after: "e"));
        Assert.Equal(["d", "b", "a", "e"], await ListAsync("k1", purpose: "batch"));
        Assert.Equal(["a"], await ListAsync("k1", purpose: "batch", limit: 1, after: "b"));
        Assert.Empty(await ListAsync("k1", after: "unknown"));
        Assert.Empty(await ListAsync("k2", after: "a"));
    }

    [Fact]
    public async Task ExpiredAndAbandonedFiles_AreDeleted_OthersStay()
    {
        var now = TimeProvider.System.GetUtcNow();
        await WriteAsync(File("expired", createdAt: now, expiresAt: now.AddMinutes(-1)), "x");
        await WriteAsync(File("kept", createdAt: now.AddDays(-9), expiresAt: now.AddDays(1)), "x");
        await WriteAsync(File("for ever", createdAt: now.AddDays(-9)), "x");
        await Store.BeginAsync(File("abandoned", createdAt: now.AddDays(-2)), default);
        await AppendAsync("abandoned", 0, "x");
        await Store.BeginAsync(File("under way", createdAt: now), default);

        // Nobody sees it from the instant on.
        Assert.Null(await Store.FindAsync("expired", "k1", default));
        Assert.Equal(["kept", "for ever"], await ListAsync("k1"));
        Assert.Equal(3, await Store.TotalBytesAsync("k1", default));

        Assert.Equal(1, await Store.DeleteExpiredAsync(TimeSpan.FromDays(1), 1, default));
        Assert.Equal(1, await Store.DeleteExpiredAsync(TimeSpan.FromDays(1), 10, default));
        Assert.Equal(0, await Store.DeleteExpiredAsync(TimeSpan.FromDays(1), 10, default));
        Assert.Equal(["kept", "for ever"], await ListAsync("k1"));
        await Assert.ThrowsAsync<FileLostException>(() => AppendAsync("abandoned", 1, "x"));
        await AppendAsync("under way", 0, "x");
        Assert.Equal(1, (await Store.CompleteAsync("under way", 1, default)).Bytes);
    }

    [Fact]
    public async Task ALargeFile_IsWrittenReadAndDeletedInPieces()
    {
        const int Pieces = 200;
        var buffer = new byte[256 * 1024];
        await Store.BeginAsync(File("f"), default);
        using var written = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < Pieces; i++)
        {
            // Filled anew each time: the store does not keep the caller's memory.
            new Random(i).NextBytes(buffer);
            written.AppendData(buffer);
            await Store.AppendAsync("f", i, buffer, default);
        }

        await Store.CompleteAsync("f", Pieces * (long)buffer.Length, default);
        using var read = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; await Store.ReadAsync("f", i, default) is { } piece; i++)
        {
            read.AppendData(piece);
        }

        Assert.Equal(written.GetHashAndReset(), read.GetHashAndReset());
        Assert.True(await Store.DeleteAsync("f", "k1", default));
        Assert.Null(await Store.ReadAsync("f", Pieces - 1, default));
    }

    [Fact]
    public async Task ACallThatIsGivenUp_EndsAsCancelled()
    {
        var givenUp = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.FindAsync("f", null, givenUp));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.BeginAsync(File("f"), givenUp));
    }

    protected static StoredFile File(
        string id, string? key = "k1", string purpose = "batch", string filename = "in.jsonl", DateTimeOffset? createdAt = null, DateTimeOffset? expiresAt = null) => new()
        {
            Id = id,
            ApiKeyId = key,
            Owner = "ada",
            Filename = filename,
            Purpose = purpose,
            CreatedAt = createdAt ?? Start,
            ExpiresAt = expiresAt,
        };

    protected Task AppendAsync(string id, int ordinal, string text) => Store.AppendAsync(id, ordinal, Encoding.UTF8.GetBytes(text), default);

    protected async Task WriteAsync(StoredFile file, params string[] pieces)
    {
        await Store.BeginAsync(file, default);
        for (var i = 0; i < pieces.Length; i++)
        {
            await AppendAsync(file.Id, i, pieces[i]);
        }

        await Store.CompleteAsync(file.Id, pieces.Sum(piece => piece.Length), default);
    }

    private async Task<bool> RaceAsync(string id, string content)
    {
        try
        {
            await Store.BeginAsync(File(id), default);
            for (var i = 0; i < 8; i++)
            {
                await AppendAsync(id, i, $"{i}{content}");
                await Task.Yield();
            }

            await Store.CompleteAsync(id, 8 * 5, default);
            return true;
        }
        catch (FileLostException)
        {
            return false;
        }
    }

    private async Task<string?> ReadAsync(string id, int ordinal) => await Store.ReadAsync(id, ordinal, default) is { } piece ? Encoding.UTF8.GetString(piece) : null;

    private async Task<IEnumerable<string>> ListAsync(string? key, string? purpose = null, int limit = 100, string? after = null) =>
        (await Store.ListAsync(key, purpose, limit, after, default)).Select(file => file.Id);
}

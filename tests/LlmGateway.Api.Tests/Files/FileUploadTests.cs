using LlmGateway.Data.Files;
using Microsoft.Extensions.DependencyInjection;
using static LlmGateway.Api.Tests.Files.FilesFixture;

namespace LlmGateway.Api.Tests.Files;

/// <summary>Uploads that are wrong, too large, slow or broken off, and large ones that are none of it.</summary>
public sealed class FileUploadTests(FilesFixture fixture) : IClassFixture<FilesFixture>
{
    private const string Head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n";

    private static readonly (string, string, string?) Purpose = ("purpose", "batch", null);
    private static readonly (string, string, string?) File = ("file", "x", "a");

    public static TheoryData<string, string> WrongForms => new()
    {
        { "purpose missing", "missing_required_parameter purpose" },
        { "file missing", "missing_required_parameter file" },
        { "nothing", "missing_required_parameter file" },
        { "two files", "duplicate_parameter file" },
        { "two purposes", "duplicate_parameter purpose" },
        { "empty file", "invalid_value file" },
        { "no file name", "invalid_value file" },
        { "path", "invalid_value file" },
        { "Windows path", "invalid_value file" },
        { "parent folder", "invalid_value file" },
        { "control character", "invalid_value file" },
        { "turned around", "invalid_value file" },
        { "long name", "invalid_value file" },
        { "wrong purpose", "invalid_value purpose" },
        { "unknown field", "unknown_parameter color" },
        { "anchor alone", "missing_required_parameter expires_after[seconds]" },
        { "seconds alone", "missing_required_parameter expires_after[anchor]" },
        { "wrong anchor", "invalid_value expires_after[anchor]" },
        { "seconds too small", "integer_below_min_value expires_after[seconds]" },
        { "seconds too large", "integer_above_max_value expires_after[seconds]" },
        { "seconds no number", "invalid_value expires_after[seconds]" },
        { "long field", "invalid_value purpose" },
        { "cut off", "malformed_request " },
        { "no boundary in it", "malformed_request " },
        { "part without a name", "malformed_request " },
        { "huge head", "malformed_request " },
        { "boundary missing", "malformed_request " },
        { "boundary too long", "malformed_request " },
    };

    [Theory]
    [MemberData(nameof(WrongForms))]
    public async Task WrongForm_IsRefused_AndLeavesNothing(string what, string expected)
    {
        using var response = await PostAsync(fixture.Client, WrongForm(what));
        var (code, param) = (expected.Split(' ')[0], expected.Split(' ')[1]);
        await ErrorAssert.IsAsync(response, 400, code, param.Length == 0 ? null : param);
        await AssertNothingIsLeftAsync(fixture.Gateway);
    }

    [Fact]
    public async Task OtherContentTypes_AreRefused()
    {
        using var json = await PostAsync(fixture.Client, Raw("{}", "application/json"));
        await ErrorAssert.IsAsync(json, 415, "unsupported_content_type");
        var form = Form(Purpose, File);
        form.Headers.ContentEncoding.Add("gzip");
        using var compressed = await PostAsync(fixture.Client, form);
        await ErrorAssert.IsAsync(compressed, 415, "unsupported_content_encoding");
    }

    [Fact]
    public async Task Limits_AreNamed_AndWhatCameIsDeleted()
    {
        await using var gateway = await FilesFixture.StartAsync(("Files:MaxFileBytes", "300000"), ("Files:MaxTotalBytesPerKey", "500000"));
        using var large = await PostAsync(gateway.Client, Form(Purpose, ("file", new string('x', 300_001), "a")));
        Assert.Contains("300000 bytes", (await ErrorAssert.IsAsync(large, 413, "request_too_large", "file")).GetProperty("message").GetString(), StringComparison.Ordinal);
        using var announced = await PostAsync(gateway.Client, Form(Purpose, ("file", new string('x', 400_000), "a")));
        await ErrorAssert.IsAsync(announced, 413, "request_too_large", "file");
        await AssertNothingIsLeftAsync(gateway);

        await CreateAsync(gateway.Client, new string('x', 300_000));
        using var tooMuch = await PostAsync(gateway.Client, Form(("file", new string('x', 200_001), "a"), Purpose));
        Assert.Contains("500000 bytes", (await ErrorAssert.IsAsync(tooMuch, 413, "request_too_large", "file")).GetProperty("message").GetString(), StringComparison.Ordinal);
        await CreateAsync(gateway.Client, new string('x', 200_000));
    }

    [Fact]
    public async Task UploadsAtTheSameTime_ShareTheRoomOfTheirKey()
    {
        await using var gateway = await FilesFixture.StartAsync(("Files:MaxFileBytes", "400000"), ("Files:MaxTotalBytesPerKey", "500000"));
        var files = gateway.Services.GetRequiredService<IFileStore>();
        await using (var connection = await gateway.ConnectAsync())
        {
            await connection.SendAsync(connection.Head("POST", "/v1/files", "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 400000\r\n") + Head);
            await connection.SendAsync(new byte[300_000]);
            await Eventually.IsTrueAsync(async () => await files.TotalBytesAsync("test", default) > 0, "the first piece is stored");
            using var second = await PostAsync(gateway.Client, Form(Purpose, ("file", new string('x', 300_000), "a")));
            await ErrorAssert.IsAsync(second, 413, "request_too_large", "file");
        }

        await Eventually.IsTrueAsync(async () => await files.TotalBytesAsync("test", default) == 0, "what came is deleted");
        await CreateAsync(gateway.Client, new string('x', 300_000));
    }

    [Fact]
    public async Task FullMemory_IsTold()
    {
        await using var gateway = await FilesFixture.StartAsync(("Files:MaxMemoryBytes", "100000"));
        using var response = await PostAsync(gateway.Client, Form(Purpose, ("file", new string('x', 100_001), "a")));
        Assert.Contains("100000 bytes", (await ErrorAssert.IsAsync(response, 413, "request_too_large")).GetProperty("message").GetString(), StringComparison.Ordinal);
        await CreateAsync(gateway.Client, new string('x', 100_000));
    }

    [Fact]
    public async Task AStalledUpload_IsGivenUp()
    {
        await using var gateway = await FilesFixture.StartAsync(("Files:UploadIdleTimeout", "00:00:01"));
        await using var connection = await gateway.ConnectAsync();
        await connection.SendAsync(connection.Head("POST", "/v1/files", "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n") + Head + "xxx");
        ErrorAssert.Is(await connection.ReadAsync(), 408, "request_timeout");
        await AssertNothingIsLeftAsync(gateway);
    }

    [Fact]
    public async Task AnUploadWhoseClientLeaves_IsDeleted()
    {
        var store = new CountingStore();
        await using var gateway = await StartAsync(store);
        await using (var connection = await gateway.ConnectAsync())
        {
            await connection.SendAsync(connection.Head("POST", "/v1/files", "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000000\r\n") + Head);
            await connection.SendAsync(new byte[1024 * 1024]);
            await Eventually.IsTrueAsync(() => store.Bytes > 0, "the first piece is stored");
            Assert.Equal(0, store.Deleted);
        }

        await Eventually.IsTrueAsync(() => store.Deleted == 1, "what came is deleted");
        Assert.Empty(gateway.Errors);
    }

    [Fact]
    public async Task ALargeUpload_IsHeldInPieces_NotWhole()
    {
        const int Size = 64 * 1024 * 1024;
        var store = new CountingStore();
        await using var gateway = await StartAsync(store);
        await using var connection = await gateway.ConnectAsync();
        var form = Head.Length + Size + "\r\n--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--b--\r\n".Length;
        await connection.SendAsync(connection.Head("POST", "/v1/files", $"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {form}\r\n") + Head);
        var chunk = new byte[1024 * 1024];
        for (var sent = 0; sent < Size; sent += chunk.Length)
        {
            await connection.SendAsync(chunk);
            // What has been sent and not stored lies in the socket's buffers and the server's, which are bounded.
            var bound = sent - 24L * 1024 * 1024;
            await Eventually.IsTrueAsync(() => store.Bytes >= bound, "the store has what was sent, but for what buffers hold");
        }

        await connection.SendAsync("\r\n--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--b--\r\n");
        var response = await connection.ReadAsync();
        Assert.True(response.Status == 200, response.Body);
        Assert.Equal((Size, 256 * 1024), (store.Bytes, store.LargestPiece));
    }

    private static Task<TestGateway> StartAsync(IFileStore store) => TestGateway.StartAsync(
        [("Authentication:Keys:test:Key", TestGateway.Key), ("Providers:up:Type", "openai"), ("Providers:up:BaseUrl", "http://127.0.0.1:1/v1")],
        services => services.AddSingleton(store));

    private static HttpContent WrongForm(string what) => what switch
    {
        "purpose missing" => Form(File),
        "file missing" => Form(Purpose),
        "nothing" => Raw("--b--\r\n"),
        "two files" => Form(Purpose, File, File),
        "two purposes" => Form(File, Purpose, Purpose),
        "empty file" => Form(Purpose, ("file", "", "a")),
        "no file name" => Form(Purpose, ("file", "x", null)),
        "path" => Form(Purpose, ("file", "x", "etc/passwd")),
        "Windows path" => Form(Purpose, ("file", "x", @"C:\\a")),
        "parent folder" => Form(Purpose, ("file", "x", "..")),
        "control character" => Form(Purpose, ("file", "x", "a\u0007b")),
        "turned around" => Form(Purpose, ("file", "x", "a\u202Etxt.exe")),
        "long name" => Form(Purpose, ("file", "x", new string('a', 256))),
        "wrong purpose" => Form(("purpose", "fine-tune", null), File),
        "unknown field" => Form(File, ("color", "red", null), Purpose),
        "anchor alone" => Form(File, Purpose, ("expires_after[anchor]", "created_at", null)),
        "seconds alone" => Form(File, Purpose, ("expires_after[seconds]", "3600", null)),
        "wrong anchor" => Form(File, Purpose, ("expires_after[anchor]", "now", null)),
        "seconds too small" => Form(File, Purpose, ("expires_after[seconds]", "3599", null)),
        "seconds too large" => Form(File, Purpose, ("expires_after[seconds]", "2592001", null)),
        "seconds no number" => Form(File, Purpose, ("expires_after[seconds]", "1e9", null)),
        "long field" => Form(("purpose", new string('b', 1025), null), File),
        "cut off" => Raw(Head + "xxx"),
        "no boundary in it" => Raw("hello"),
        "part without a name" => Raw("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n"),
        "huge head" => Raw($"--b\r\nX: {new string('x', 100_000)}\r\n\r\nx\r\n--b--\r\n"),
        "boundary missing" => Raw("--b--\r\n", "multipart/form-data"),
        "boundary too long" => Raw("--b--\r\n", "multipart/form-data; boundary=" + new string('b', 71)),
        _ => throw new ArgumentOutOfRangeException(nameof(what)),
    };

    /// <summary>No file is to be seen, and none that was begun holds memory: the one that is looked for would be deleted here, and counted.</summary>
    private static async Task AssertNothingIsLeftAsync(TestGateway gateway)
    {
        Assert.Empty((await GetAsync(gateway.Client, "/v1/files")).GetProperty("data").EnumerateArray());
        Assert.Equal(0, await gateway.Services.GetRequiredService<IFileStore>().DeleteExpiredAsync(TimeSpan.FromDays(-1), 10, default));
    }

    /// <summary>Forgets what it is given.</summary>
    private sealed class CountingStore : IFileStore
    {
        private StoredFile? _file;
        private long _bytes;
        private int _deleted;

        public long Bytes => Interlocked.Read(ref _bytes);

        public int LargestPiece { get; private set; }

        public int Deleted => Volatile.Read(ref _deleted);

        public Task BeginAsync(StoredFile file, CancellationToken cancellationToken)
        {
            _file = file;
            return Task.CompletedTask;
        }

        public Task AppendAsync(string id, int ordinal, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            LargestPiece = Math.Max(LargestPiece, content.Length);
            Interlocked.Add(ref _bytes, content.Length);
            return Task.CompletedTask;
        }

        public Task DescribeAsync(string id, string purpose, DateTimeOffset? expiresAt, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<StoredFile> CompleteAsync(string id, long bytes, CancellationToken cancellationToken) => Task.FromResult(_file!);

        public Task<bool> DeleteAsync(string id, string? apiKeyId, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _deleted);
            return Task.FromResult(true);
        }

        public Task<StoredFile?> FindAsync(string id, string? apiKeyId, CancellationToken cancellationToken) => Task.FromResult(_file);

        public Task<IReadOnlyList<StoredFile>> ListAsync(string? apiKeyId, string? purpose, int limit, string? after, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<StoredFile>>([]);

        public Task<byte[]?> ReadAsync(string id, int ordinal, CancellationToken cancellationToken) => Task.FromResult<byte[]?>(null);

        public Task<long> TotalBytesAsync(string? apiKeyId, CancellationToken cancellationToken) => Task.FromResult(0L);

        public Task<int> DeleteExpiredAsync(TimeSpan abandonedAfter, int limit, CancellationToken cancellationToken) => Task.FromResult(0);
    }
}

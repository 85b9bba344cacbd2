using System.Collections.Concurrent;
using System.Text.Json;
using LlmGateway.Contracts.Jobs;
using LlmGateway.Data.Files;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Api.Tests.Batches;

public sealed class BatchesApiTests : IAsyncLifetime
{
    private const string OtherKey = "sk-other-0123456789abcdef";
    private const string Path = "/v1/batches";
    private const string Good = """{"input_file_id":"file-mine","endpoint":"/v1/chat/completions","completion_window":"24h","metadata":{"project":"Zoë"}}""";

    private readonly Hints _hints = new();
    private TestGateway _gateway = null!;
    private HttpClient _other = null!;

    public async Task InitializeAsync()
    {
        _gateway = await TestGateway.StartAsync(
            [("Authentication:Keys:test:Key", TestGateway.Key), ("Authentication:Keys:other:Key", OtherKey)],
            services => services.AddInMemoryJobs().AddSingleton<IJobHints>(_hints));
        _other = _gateway.NewClient(OtherKey);
        await StoreAsync("file-mine", "test", "batch");
        await StoreAsync("file-theirs", "other", "batch");
        await StoreAsync("file-answers", "test", "batch_output");
    }

    public async Task DisposeAsync()
    {
        _other.Dispose();
        await _gateway.DisposeAsync();
        Assert.Empty(_gateway.Errors);
    }

    [Fact]
    public async Task ABatch_IsStored_AndItsWorkerIsToldOfIt()
    {
        var batch = await CreateAsync();
        var id = batch.GetProperty("id").GetString()!;
        Assert.Matches("^batch_[0-9a-f]{32}$", id);
        Assert.Equal(("batch", "validating", "file-mine"), (Text(batch, "object"), Text(batch, "status"), Text(batch, "input_file_id")));
        Assert.Equal(("/v1/chat/completions", "24h"), (Text(batch, "endpoint"), Text(batch, "completion_window")));
        Assert.Equal("Zoë", batch.GetProperty("metadata").GetProperty("project").GetString());
        Assert.Equal(24 * 60 * 60, batch.GetProperty("expires_at").GetInt64() - batch.GetProperty("created_at").GetInt64());
        Assert.Equal("""{"total":0,"completed":0,"failed":0}""", batch.GetProperty("request_counts").GetRawText());
        Assert.Equal((JobQueues.Batch, id), (Assert.Single(_hints.Sent).Queue, _hints.Sent.Single().JobId));

        var job = await Store.FindAsync(id, "test", default);
        Assert.Equal((JobKind.Batch, JobStatus.Queued, "file-mine", null), (job!.Kind, job.Status, job.InputFileId, job.Sensitivity));
        Assert.Equal(batch.GetRawText(), (await GetAsync(_gateway.Client, $"{Path}/{id}")).GetRawText());
    }

    [Fact]
    public async Task TheClientsDemandForTrust_IsKeptWithTheBatch()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = Json.Content(Good) };
        request.Headers.Add("x-llm-gateway-sensitivity", "high");
        using var response = await _gateway.Client.SendAsync(request);
        var id = Text(Json.Parse(await response.Content.ReadAsStringAsync()), "id")!;
        Assert.Equal("high", (await Store.FindAsync(id, null, default))!.Sensitivity);
    }

    [Theory]
    [InlineData("{", "invalid_json", null)]
    [InlineData("{}", "missing_required_parameter", "input_file_id")]
    [InlineData("""{"input_file_id":"file-mine","endpoint":"/v1/chat/completions"}""", "missing_required_parameter", "completion_window")]
    [InlineData("""{"input_file_id":"file-mine","endpoint":"/v1/responses","completion_window":"24h"}""", "invalid_value", "endpoint")]
    [InlineData("""{"input_file_id":"file-mine","endpoint":"/v1/embeddings","completion_window":"1h"}""", "invalid_value", "completion_window")]
    [InlineData("""{"input_file_id":"file-none","endpoint":"/v1/embeddings","completion_window":"24h"}""", "invalid_value", "input_file_id")]
    [InlineData("""{"input_file_id":"file\u0000","endpoint":"/v1/embeddings","completion_window":"24h"}""", "invalid_value", "input_file_id")]
    [InlineData("""{"input_file_id":"file-theirs","endpoint":"/v1/embeddings","completion_window":"24h"}""", "invalid_value", "input_file_id")]
    [InlineData("""{"input_file_id":"file-answers","endpoint":"/v1/embeddings","completion_window":"24h"}""", "invalid_value", "input_file_id")]
    [InlineData("""{"input_file_id":"file-mine","endpoint":"/v1/embeddings","completion_window":"24h","metadata":{"a":1}}""", "invalid_value", "metadata")]
    [InlineData("""{"input_file_id":"file-mine","endpoint":"/v1/embeddings","completion_window":"24h","metadata":{"a":"\u0000"}}""", "invalid_value", "metadata")]
    [InlineData("""{"input_file_id":"file-mine","endpoint":"/v1/embeddings","completion_window":"24h","metadata":[]}""", "invalid_type", "metadata")]
    [InlineData("""{"input_file_id":"file-mine","endpoint":"/v1/embeddings","completion_window":"24h","wish":1}""", "unknown_parameter", "wish")]
    public async Task AMistake_IsTold_AndNothingIsStored(string body, string code, string? param)
    {
        using var response = await _gateway.Client.PostAsync(Path, Json.Content(body));
        await ErrorAssert.IsAsync(response, 400, code, param);
        Assert.Empty((await GetAsync(_gateway.Client, Path)).GetProperty("data").EnumerateArray());
        Assert.Empty(_hints.Sent);
    }

    [Fact]
    public async Task AnIdempotencyKey_StandsForOneBatch()
    {
        var first = await CreateAsync("k1");
        Assert.Equal(Text(first, "id"), Text(await CreateAsync("k1"), "id"));
        using var response = await PostAsync(Good.Replace("chat/completions", "embeddings", StringComparison.Ordinal), "k1");
        await ErrorAssert.IsAsync(response, 422, "idempotency_key_reused", "Idempotency-Key");
        using var sensitive = await PostAsync(Good, "k1", ("x-llm-gateway-sensitivity", "high"));
        await ErrorAssert.IsAsync(sensitive, 422, "idempotency_key_reused", "Idempotency-Key");
        Assert.Single(_hints.Sent);
        using var unusable = await PostAsync(Good, new string('k', 256));
        await ErrorAssert.IsAsync(unusable, 400, "invalid_value", "Idempotency-Key");
    }

    [Fact]
    public async Task AnotherKey_SeesNothing_AndCancelsNothing()
    {
        var id = Text(await CreateAsync(), "id");
        await ErrorAssert.IsAsync(await _other.GetAsync($"{Path}/{id}"), 404, "not_found");
        await ErrorAssert.IsAsync(await _other.PostAsync($"{Path}/{id}/cancel", null), 404, "not_found");
        Assert.Empty((await GetAsync(_other, Path)).GetProperty("data").EnumerateArray());
        Assert.Equal("validating", Text(await GetAsync(_gateway.Client, $"{Path}/{id}"), "status"));
    }

    [Fact]
    public async Task AJobOfAnotherKind_IsNoBatch()
    {
        var now = TimeProvider.System.GetUtcNow();
        var id = "batch_" + new string('0', 32);
        await Store.AddAsync(new Job { Id = id, Kind = JobKind.Chat, ApiKeyId = "test", Model = "m", Request = [], QueueAt = now, RunAfter = now, CreatedAt = now }, default);
        await ErrorAssert.IsAsync(await _gateway.Client.GetAsync($"{Path}/{id}"), 404, "not_found");
        await ErrorAssert.IsAsync(await _gateway.Client.PostAsync($"{Path}/{id}/cancel", null), 404, "not_found");
        await ErrorAssert.IsAsync(await _gateway.Client.GetAsync($"{Path}/batch_1"), 404, "not_found");
    }

    [Fact]
    public async Task TheList_IsPaged_NewestFirst()
    {
        string?[] ids = [Text(await CreateAsync(), "id"), Text(await CreateAsync(), "id"), Text(await CreateAsync(), "id")];
        var first = await GetAsync(_gateway.Client, $"{Path}?limit=2");
        Assert.Equal([ids[2], ids[1]], first.GetProperty("data").EnumerateArray().Select(b => Text(b, "id")));
        Assert.Equal((true, ids[2], ids[1]), (first.GetProperty("has_more").GetBoolean(), Text(first, "first_id"), Text(first, "last_id")));
        var second = await GetAsync(_gateway.Client, $"{Path}?limit=2&after={ids[1]}");
        Assert.Equal([ids[0]], second.GetProperty("data").EnumerateArray().Select(b => Text(b, "id")));
        Assert.False(second.GetProperty("has_more").GetBoolean());
        await ErrorAssert.IsAsync(await _gateway.Client.GetAsync($"{Path}?limit=0"), 400, "invalid_value", "limit");
        await ErrorAssert.IsAsync(await _gateway.Client.GetAsync($"{Path}?after=x"), 400, "invalid_value", "after");
    }

    [Fact]
    public async Task ABatchThatWaits_IsCancelledAtOnce()
    {
        var id = Text(await CreateAsync(), "id");
        using var response = await _gateway.Client.PostAsync($"{Path}/{id}/cancel", null);
        Assert.Equal("cancelled", Text(Json.Parse(await response.Content.ReadAsStringAsync()), "status"));
        var batch = await GetAsync(_gateway.Client, $"{Path}/{id}");
        Assert.Equal("cancelled", Text(batch, "status"));
        Assert.True(batch.GetProperty("cancelled_at").GetInt64() > 0);
        using var again = await _gateway.Client.PostAsync($"{Path}/{id}/cancel", null);
        Assert.Equal(200, (int)again.StatusCode);
    }

    [Fact]
    public async Task WithoutADatabase_ThereAreNoBatches()
    {
        await using var gateway = await TestGateway.StartAsync([("Authentication:Keys:test:Key", TestGateway.Key)]);
        var error = await ErrorAssert.IsAsync(await gateway.Client.PostAsync(Path, Json.Content(Good)), 503, "dependency_unavailable");
        Assert.Contains("gatewaydb", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        await ErrorAssert.IsAsync(await gateway.Client.GetAsync(Path), 503, "dependency_unavailable");
        await ErrorAssert.IsAsync(await gateway.Client.GetAsync($"{Path}/batch_{new string('0', 32)}"), 503, "dependency_unavailable");
    }

    private IJobStore Store => _gateway.Services.GetRequiredService<IJobStore>();

    private async Task StoreAsync(string id, string key, string purpose)
    {
        var files = _gateway.Services.GetRequiredService<IFileStore>();
        await files.BeginAsync(new StoredFile { Id = id, ApiKeyId = key, Filename = "f", Purpose = purpose, CreatedAt = TimeProvider.System.GetUtcNow() }, default);
        await files.CompleteAsync(id, 0, default);
    }

    private Task<HttpResponseMessage> PostAsync(string body, string? idempotencyKey, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = Json.Content(body) };
        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return _gateway.Client.SendAsync(request);
    }

    private async Task<JsonElement> CreateAsync(string? idempotencyKey = null)
    {
        using var response = await PostAsync(Good, idempotencyKey);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == 200, text);
        return Json.Parse(text);
    }

    private static async Task<JsonElement> GetAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path);
        Assert.Equal(200, (int)response.StatusCode);
        return Json.Parse(await response.Content.ReadAsStringAsync());
    }

    private static string? Text(JsonElement document, string name) => document.GetProperty(name).GetString();

    private sealed class Hints : IJobHints
    {
        public ConcurrentQueue<JobReady> Sent { get; } = new();

        public void Send(JobReady hint) => Sent.Enqueue(hint);

        public ValueTask<long?> CountAsync(string queue, CancellationToken cancellationToken) => ValueTask.FromResult<long?>(null);
    }
}

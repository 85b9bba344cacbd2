using System.Text;
using System.Text.Json;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Tests.Jobs;

/// <summary>Looking at jobs, listing and cancelling them. Each test has a gateway of its own.</summary>
public sealed class JobTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Created = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly JobsFixture _fixture = new();

    public Task InitializeAsync() => _fixture.InitializeAsync();

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Queued_TellsPlaceAndEstimate()
    {
        var id = await _fixture.AcceptAsync(Json.Chat("x", "chatty"));
        _fixture.Store.Position = 5;
        _fixture.Store.Pace = new JobPace(10, TimeSpan.FromMinutes(5), 4, 2);
        using var response = await GetAsync(id);
        var document = await JobsFixture.DocumentAsync(response, 200);
        Assert.Equal((5, 12), (document.GetProperty("queuePosition").GetInt32(), document.GetProperty("estimatedSeconds").GetInt32()));
        Assert.Equal(TimeSpan.FromSeconds(12), response.Headers.RetryAfter?.Delta);
        Assert.False(document.TryGetProperty("result", out _));
        using var again = await GetAsync(id);
        Assert.Equal(1, _fixture.Store.PaceCalls);
    }

    [Fact]
    public async Task Queued_WithoutKnowledge_HasNoEstimate_ButTellsWhenToLookAgain()
    {
        var id = await _fixture.AcceptAsync(Json.Chat("x", "chatty"));
        _fixture.Store[id].Error = """{"error": {"message": "busy", "type": "upstream_error", "param": null, "code": "upstream_unavailable"}}""";
        using var response = await GetAsync(id);
        var document = await JobsFixture.DocumentAsync(response, 200);
        Assert.Equal(JsonValueKind.Null, document.GetProperty("estimatedSeconds").ValueKind);
        Assert.Equal(JsonValueKind.Null, document.GetProperty("error").ValueKind);
        Assert.Equal("busy", document.GetProperty("lastError").GetProperty("message").GetString());
        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task Completed_HoldsTheResultAsItIs_InThePromisedShape()
    {
        const string Result = """{"id":"chatcmpl-1","odd":[ 1.50, "\u00e9" ],"choices":[]}""";
        var job = Put("a", JobStatus.Completed);
        job.Result = Encoding.UTF8.GetBytes(Result);
        job.Usage = """{"prompt_tokens": 25}""";
        job.CompletedAt = Created.AddSeconds(5.25);
        using var response = await GetAsync(job.Id);
        var text = await response.Content.ReadAsStringAsync();
        Assert.StartsWith(
            $$$"""{"id":"{{{job.Id}}}","status":"completed","progress":100,"result":{{{Result}}},"createdAt":"2026-01-01T00:00:00.000Z","completedAt":"2026-01-01T00:00:05.250Z",""",
            text, StringComparison.Ordinal);
        var document = Json.Parse(text);
        Assert.Equal(25, document.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal("2026-01-02T00:00:05.250Z", document.GetProperty("expiresAt").GetString());
        Assert.Null(response.Headers.RetryAfter);
        Assert.Equal(JsonValueKind.Null, document.GetProperty("webhook").ValueKind);
    }

    [Fact]
    public async Task LargeResult_ComesWhole()
    {
        var job = Put("a", JobStatus.Completed);
        job.Result = Encoding.UTF8.GetBytes($"\"{new string('x', 20_000_000)}\"");
        using var response = await GetAsync(job.Id);
        var document = await JobsFixture.DocumentAsync(response, 200);
        Assert.Equal(20_000_000, document.GetProperty("result").GetString()!.Length);
    }

    [Fact]
    public async Task Ended_TellsWhy_AndWhetherTheClientWasTold()
    {
        var job = Put("a", JobStatus.Failed, "https://example.com/hook");
        job.Error = """{"error":{"message":"lost","type":"server_error","param":null,"code":"worker_lost"}}""";
        job.WebhookAttempts = 3;
        job.WebhookError = "503";
        job.DeadLetteredAt = job.CompletedAt = Created;
        using var response = await GetAsync(job.Id);
        var document = await JobsFixture.DocumentAsync(response, 200);
        Assert.Equal("worker_lost", document.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(("failed", 3, "503"), Webhook(document));
        Assert.Equal("2026-01-15T00:00:00.000Z", document.GetProperty("expiresAt").GetString());

        job.WebhookRunAfter = Created;
        using var pending = await GetAsync(job.Id);
        Assert.Equal("pending", Webhook(await JobsFixture.DocumentAsync(pending, 200)).Item1);
        job.WebhookDeliveredAt = Created;
        using var delivered = await GetAsync(job.Id);
        Assert.Equal(("delivered", 3, null), Webhook(await JobsFixture.DocumentAsync(delivered, 200)));

        static (string?, int, string?) Webhook(JsonElement document) => (
            document.GetProperty("webhook").GetProperty("status").GetString(), document.GetProperty("webhook").GetProperty("attempts").GetInt32(),
            document.GetProperty("webhook").GetProperty("error").GetString());
    }

    [Theory]
    [InlineData(JobStatus.Cancelled, null, "job_cancelled")]
    [InlineData(JobStatus.Expired, null, "job_expired")]
    [InlineData(JobStatus.Failed, "{\"error\":\"text\"}", "internal_error")]
    [InlineData(JobStatus.Failed, "[", "internal_error")]
    public async Task EndedWithoutAReason_SaysSomethingAllTheSame(JobStatus status, string? error, string code)
    {
        var job = Put("a", status);
        job.Error = error;
        using var response = await GetAsync(job.Id);
        Assert.Equal(code, (await JobsFixture.DocumentAsync(response, 200)).GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Waiting_IsCancelledAtOnce_AndTwiceIsNoError()
    {
        var id = await _fixture.AcceptAsync(Json.Chat("x", "chatty"));
        for (var i = 0; i < 2; i++)
        {
            using var response = await _fixture.Gateway.Client.DeleteAsync($"{JobsFixture.ChatPath}/{id}");
            var document = await JobsFixture.DocumentAsync(response, 200);
            Assert.Equal(("cancelled", true), (document.GetProperty("status").GetString(), document.GetProperty("cancelRequested").GetBoolean()));
        }

        Assert.Contains(id, _fixture.Events.Notified);
    }

    [Fact]
    public async Task Running_IsAskedToStop_EvenWhileTheLogIsAway()
    {
        _fixture.Events.IsAway = true;
        var job = Put("a", JobStatus.Running);
        job.Progress = 0.999;
        using var response = await _fixture.Gateway.Client.DeleteAsync($"{JobsFixture.ChatPath}/{job.Id}");
        var document = await JobsFixture.DocumentAsync(response, 202);
        Assert.Equal(("running", true, 99), (document.GetProperty("status").GetString(), document.GetProperty("cancelRequested").GetBoolean(), document.GetProperty("progress").GetInt32()));
        Assert.Empty(_fixture.Gateway.Errors);
    }

    [Theory]
    [InlineData(JobStatus.Completed)]
    [InlineData(JobStatus.Failed)]
    [InlineData(JobStatus.Expired)]
    public async Task Ended_CannotBeCancelled(JobStatus status)
    {
        var job = Put("a", status);
        using var response = await _fixture.Gateway.Client.DeleteAsync($"{JobsFixture.ChatPath}/{job.Id}");
        await ErrorAssert.IsAsync(response, 409, "conflict");
    }

    [Fact]
    public async Task AnotherKeysJob_IsNotThere()
    {
        var id = await _fixture.AcceptAsync(Json.Chat("x", "chatty"));
        using var seen = await _fixture.Other.GetAsync($"{JobsFixture.ChatPath}/{id}");
        await ErrorAssert.IsAsync(seen, 404, "not_found");
        using var cancelled = await _fixture.Other.DeleteAsync($"{JobsFixture.ChatPath}/{id}");
        await ErrorAssert.IsAsync(cancelled, 404, "not_found");
        using var list = await _fixture.Other.GetAsync(JobsFixture.ChatPath);
        Assert.Empty((await JobsFixture.DocumentAsync(list, 200)).GetProperty("data").EnumerateArray());
        Assert.Equal(JobStatus.Queued, _fixture.Store[id].Status);
    }

    [Fact]
    public async Task AJobOfAnotherKind_IsNotThere_AndNotCancelled()
    {
        var id = await _fixture.AcceptAsync(Json.Chat("x", "chatty"));
        using var seen = await _fixture.Gateway.Client.GetAsync($"{JobsFixture.EmbeddingsPath}/{id}");
        await ErrorAssert.IsAsync(seen, 404, "not_found");
        using var cancelled = await _fixture.Gateway.Client.DeleteAsync($"{JobsFixture.EmbeddingsPath}/{id}");
        await ErrorAssert.IsAsync(cancelled, 404, "not_found");
        Assert.Equal(JobStatus.Queued, _fixture.Store[id].Status);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("job_0123456789ABCDEF0123456789abcdef")]
    [InlineData("job_0123456789abcdef0123456789abcde'")]
    [InlineData("batch_0123456789abcdef0123456789abcdef")]
    public async Task ImpossibleId_IsNotLookedFor(string id)
    {
        var before = _fixture.Store.Calls;
        using var response = await GetAsync(id);
        await ErrorAssert.IsAsync(response, 404, "not_found");
        Assert.Equal(before, _fixture.Store.Calls);
    }

    [Fact]
    public async Task List_IsPaged_NewestFirst_WithoutResults()
    {
        var ids = new[] { "1", "2", "3", "4", "5" }.Select(digit => Put(digit, JobStatus.Completed).Id).Reverse().ToArray();
        var seen = new List<string?>();
        for (var url = JobsFixture.ChatPath + "?limit=2"; url is not null;)
        {
            using var response = await _fixture.Gateway.Client.GetAsync(url);
            var page = await JobsFixture.DocumentAsync(response, 200);
            Assert.Equal("list", page.GetProperty("object").GetString());
            var data = page.GetProperty("data").EnumerateArray().ToArray();
            Assert.All(data, job => Assert.False(job.TryGetProperty("result", out _)));
            seen.AddRange(data.Select(job => job.GetProperty("id").GetString()));
            Assert.Equal((seen[^data.Length], seen[^1]), (page.GetProperty("first_id").GetString(), page.GetProperty("last_id").GetString()));
            url = page.GetProperty("has_more").GetBoolean() ? $"{JobsFixture.ChatPath}?limit=2&after={seen[^1]}" : null;
        }

        Assert.Equal(ids, seen);
        using var none = await _fixture.Gateway.Client.GetAsync(JobsFixture.ChatPath + "?status=running");
        var empty = await JobsFixture.DocumentAsync(none, 200);
        Assert.Equal((0, JsonValueKind.Null, false), (empty.GetProperty("data").GetArrayLength(), empty.GetProperty("last_id").ValueKind, empty.GetProperty("has_more").GetBoolean()));
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("limit=", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("limit=99999999999", "limit")]
    [InlineData("after=x", "after")]
    [InlineData("after=job_%000123456789abcdef0123456789abcde", "after")]
    [InlineData("status=done", "status")]
    [InlineData("status=Queued", "status")]
    public async Task BadListQuery_IsRefused(string query, string param)
    {
        using var response = await _fixture.Gateway.Client.GetAsync($"{JobsFixture.ChatPath}?{query}");
        await ErrorAssert.IsAsync(response, 400, "invalid_value", param);
    }

    private Task<HttpResponseMessage> GetAsync(string id) => _fixture.Gateway.Client.GetAsync($"{JobsFixture.ChatPath}/{id}");

    /// <summary>A chat job of the test's key that stands like this.</summary>
    private Job Put(string digit, JobStatus status, string? webhook = null)
    {
        var job = new Job
        {
            Id = "job_" + digit.PadLeft(32, '0'), Kind = JobKind.Chat, Status = status, ApiKeyId = "test", Model = "chatty", Request = [], WebhookUrl = webhook,
            CreatedAt = Created, QueueAt = Created, RunAfter = Created,
        };
        _fixture.Store.Put(job);
        return job;
    }
}

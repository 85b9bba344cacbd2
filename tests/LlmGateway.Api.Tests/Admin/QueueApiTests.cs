using LlmGateway.Data.Jobs;
using LlmGateway.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Api.Tests.Admin;

public sealed class QueueApiTests : QueueApiTest
{
    public static TheoryData<string, string, string?> Calls => new()
    {
        { "GET", "/stats", null },
        { "POST", "/chat/pause", null },
        { "POST", "/chat/resume", null },
        { "POST", "/chat/clear", """{"confirm":"chat"}""" },
        { "GET", "/dead-letters", null },
        { "GET", "/dead-letters/job_1", null },
        { "DELETE", "/dead-letters/job_1", null },
        { "POST", "/dead-letters/job_1/replay", null },
        { "POST", "/dead-letters/replay", null },
        { "POST", "/dead-letters/purge", """{"confirm":true}""" },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Calls_NeedTheRole(string method, string path, string? body)
    {
        Queues.Add("job_1", JobKind.Chat);
        using var refused = await SendAsync(method, path, body, Gateway.Client);
        await ProblemAssert.IsAsync(refused, 403, "forbidden");
        using var anonymous = Gateway.NewClient(null);
        using var unknown = await SendAsync(method, path, body, anonymous);
        await ProblemAssert.IsAsync(unknown, 401, "missing_api_key");
        Assert.Equal(["job_1"], Queues.LetterIds);
        Assert.Empty(Audit.Rows);
        using var allowed = await SendAsync(method, path, body);
        Assert.Equal(200, (int)allowed.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Calls_SayThatTheStoreIsAway(string method, string path, string? body)
    {
        // What was counted a moment ago would do; a change has it counted anew.
        await Eventually.IsTrueAsync(() => Queues.Counted > 0, "the figures have been counted");
        await OkAsync("POST", "/chat/resume");
        Queues.IsAway = true;
        using var response = await SendAsync(method, path, body);
        var problem = await ProblemAssert.IsAsync(response, 503, "dependency_unavailable");
        Assert.Equal("2", response.Headers.GetValues("Retry-After").Single());
        Assert.DoesNotContain("10.0.0.1", problem.GetRawText(), StringComparison.Ordinal);
        // Nobody knows what became of a change; who tried it is noted. A look brought nothing to light.
        Assert.Equal(method == "GET" ? 0 : 1, Audit.Rows.Count);
        Assert.All(Audit.Rows, row => Assert.Equal("failed", row.Outcome));
        Assert.Empty(Hints.Sent);
        Assert.Empty(Gateway.Errors);

        Queues.IsAway = false;
        Queues.Add("job_1", JobKind.Chat);
        using var again = await SendAsync(method, path, body);
        Assert.Equal(200, (int)again.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Calls_SayThatThereAreNoJobs(string method, string path, string? body)
    {
        await using var gateway = await StartAsync(services => services.AddSingleton<IJobQueues>(_ => null!));
        using var admin = AdminOf(gateway);
        using var response = await SendAsync(method, path, body, admin);
        await ProblemAssert.IsAsync(response, 503, "dependency_unavailable");
    }

    [Fact]
    public async Task Stats_ShowEveryQueue()
    {
        Queues.Add("job_1", JobKind.Chat);
        var stats = await OkAsync("GET", "/stats");
        Assert.Equal(["chat", "embeddings", "batch"], stats.EnumerateObject().Select(m => m.Name));
        var chat = stats.GetProperty("chat");
        Assert.Equal(
            ["waiting", "active", "completed", "failed", "delayed", "cancelled", "deadLetters", "oldestWaitingSeconds", "paused", "pausedAt"],
            chat.EnumerateObject().Select(m => m.Name));
        Assert.Equal([7, 3, 4, 5, 2, 6], chat.EnumerateObject().Take(6).Select(m => m.Value.GetInt32()));
        Assert.True(chat.GetProperty("oldestWaitingSeconds").GetDouble() > 1_000_000);
        Assert.Equal("""{"waiting":0,"active":0,"completed":0,"failed":0,"delayed":0,"cancelled":0,"deadLetters":0,"oldestWaitingSeconds":null,"paused":false,"pausedAt":null}""", stats.GetProperty("embeddings").GetRawText());
    }

    [Fact]
    public async Task PauseAndResume_SayWhatChanged()
    {
        Assert.Equal("""{"queue":"chat","paused":true,"changed":true}""", (await OkAsync("POST", "/chat/pause")).GetRawText());
        Assert.Equal("""{"queue":"chat","paused":true,"changed":false}""", (await OkAsync("POST", "/chat/pause")).GetRawText());
        Assert.Equal("boss", Queues.PausedBy);
        var chat = (await OkAsync("GET", "/stats")).GetProperty("chat");
        Assert.True(chat.GetProperty("paused").GetBoolean());
        Assert.Equal(FakeJobQueues.PausedAt, chat.GetProperty("pausedAt").GetDateTimeOffset());
        Assert.False((await OkAsync("GET", "/stats")).GetProperty("batch").GetProperty("paused").GetBoolean());
        Assert.Empty(Hints.Sent);

        Assert.Equal("""{"queue":"chat","paused":false,"changed":true}""", (await OkAsync("POST", "/chat/resume")).GetRawText());
        Assert.Equal("""{"queue":"chat","paused":false,"changed":false}""", (await OkAsync("POST", "/chat/resume")).GetRawText());
        Assert.False((await OkAsync("GET", "/stats")).GetProperty("chat").GetProperty("paused").GetBoolean());
        Assert.Equal("chat", Assert.Single(Hints.Sent).Queue);
        Assert.Equal(["queue.paused allowed chat", "queue.resumed allowed chat"], AuditRows());
        Assert.All(Audit.Rows, row => Assert.Equal("boss", row.ApiKeyId));
        Assert.All(Audit.Rows, row => Assert.False(string.IsNullOrEmpty(row.RequestId)));
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("clear")]
    public async Task UnknownQueue_IsNotFound(string action)
    {
        foreach (var queue in new[] { "images", "Chat", "chat%20", new string('x', 500) })
        {
            var detail = await RefusedAsync(404, "not_found", "queue", "POST", $"/{queue}/{action}", action == "clear" ? "{}" : null);
            Assert.Contains("'chat', 'embeddings' and 'batch'", detail, StringComparison.Ordinal);
            Assert.True(detail.Length < 250);
        }

        Assert.Empty(Audit.Rows);
    }

    [Fact]
    public async Task Clear_NeedsTheNameAgain()
    {
        Assert.Contains("9 jobs", await RefusedAsync(400, "missing_required_parameter", "confirm", "POST", "/chat/clear"), StringComparison.Ordinal);
        Assert.Contains("9 jobs", await RefusedAsync(400, "missing_required_parameter", "confirm", "POST", "/chat/clear", "{}"), StringComparison.Ordinal);
        await RefusedAsync(400, "invalid_value", "confirm", "POST", "/chat/clear", """{"confirm":"batch"}""");
        await RefusedAsync(400, "invalid_type", "confirm", "POST", "/chat/clear", """{"confirm":true}""");
        await RefusedAsync(400, "unknown_parameter", "force", "POST", "/chat/clear", """{"confirm":"chat","force":1}""");
        await RefusedAsync(400, "invalid_json", null, "POST", "/chat/clear", """{"confirm":""");
        Assert.Equal(7, Queues.Waiting[JobKind.Chat]);
        Assert.Empty(Audit.Rows);

        Assert.Equal("""{"queue":"chat","cancelled":7}""", (await OkAsync("POST", "/chat/clear", """{"confirm":"chat"}""")).GetRawText());
        Assert.Equal(0, (await OkAsync("GET", "/stats")).GetProperty("chat").GetProperty("waiting").GetInt32());
        Assert.Equal("""queue.cleared {"cancelled":7}""", $"{Audit.Rows.Single().Action} {Audit.Rows.Single().Detail}");
        Assert.Equal(1, Queues.Waiting[JobKind.Batch]);
    }

    [Fact]
    public async Task Metrics_ShowTheQueues()
    {
        await Eventually.IsTrueAsync(() => Queues.Counted > 0, "the figures have been counted");
        await OkAsync("GET", "/stats");
        var metrics = await Gateway.Client.GetStringAsync("/metrics");
        Assert.Contains("# TYPE llm_gateway_queue_size gauge\n", metrics, StringComparison.Ordinal);
        Assert.Contains("llm_gateway_queue_size{queue=\"chat\",state=\"waiting\"} ", metrics, StringComparison.Ordinal);
        Assert.Contains("llm_gateway_queue_dead_letters{queue=\"chat\"} ", metrics, StringComparison.Ordinal);
    }
}

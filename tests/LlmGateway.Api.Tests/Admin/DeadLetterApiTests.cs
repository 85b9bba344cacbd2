using System.Text.Json;
using LlmGateway.Api.Tests.Docs;
using LlmGateway.Data.Jobs;
using LlmGateway.TestSupport;

namespace LlmGateway.Api.Tests.Admin;

public sealed class DeadLetterApiTests : QueueApiTest
{
    [Fact]
    public async Task List_GoesPageByPage()
    {
        for (var i = 1; i <= 5; i++)
        {
            Queues.Add($"job_{i}", i % 2 == 0 ? JobKind.Embeddings : JobKind.Chat);
        }

        var first = await OkAsync("GET", "/dead-letters?limit=2");
        Assert.Equal(["job_5", "job_4"], Ids(first));
        Assert.True(first.GetProperty("hasMore").GetBoolean());
        var last = await OkAsync("GET", "/dead-letters?limit=3&after=job_4");
        Assert.Equal(["job_3", "job_2", "job_1"], Ids(last));
        Assert.False(last.GetProperty("hasMore").GetBoolean());
        Assert.Equal(["job_4", "job_2"], Ids(await OkAsync("GET", "/dead-letters?queue=embeddings")));
        Assert.Empty(Ids(await OkAsync("GET", "/dead-letters?queue=batch")));
        Assert.DoesNotContain("request", first.GetRawText(), StringComparison.Ordinal);
        AssertDocumented("listDeadLetters", first);
        Assert.Empty(Audit.Rows);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("limit=-1", "limit")]
    [InlineData("limit=many", "limit")]
    [InlineData("queue=images", "queue")]
    [InlineData("after=%27%3B--", "after")]
    public async Task List_RefusesWrongParameters(string query, string param) =>
        await RefusedAsync(400, "invalid_value", param, "GET", "/dead-letters?" + query);

    [Fact]
    public async Task Letter_IsShownWithItsRequest_AndTheLookIsNoted()
    {
        Queues.Add("job_1", JobKind.Chat, """{"model":"m","messages":[{"role":"user","content":"geh\u0000eim 😀"}]}""");
        var letter = await OkAsync("GET", "/dead-letters/job_1");
        Assert.Equal("geh\0eim 😀", letter.GetProperty("request").GetProperty("messages")[0].GetProperty("content").GetString());
        Assert.Equal(("No provider.", "upstream_unavailable"), (letter.GetProperty("reason").GetString(), letter.GetProperty("code").GetString()));
        Assert.Equal([4, 3, 3], new[] { "attempts", "failures", "maxAttempts" }.Select(name => letter.GetProperty(name).GetInt32()));
        Assert.Equal(FakeJobQueues.PausedAt, letter.GetProperty("deadLetteredAt").GetDateTimeOffset());
        AssertDocumented("getDeadLetter", letter);
        Assert.Equal(["dead_letter.viewed allowed job_1"], AuditRows());
        Assert.Equal("boss", Audit.Rows.Single().ApiKeyId);
        Assert.DoesNotContain("geh", Audit.Rows.Single().Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("", "not json")]
    [InlineData("", """{"error":"short"}""")]
    [InlineData("{\"x\":", """{"error":{"message":7,"code":null}}""")]
    public async Task Letter_OfAnyContentIsShown(string request, string? error)
    {
        Queues.Add("job_1", JobKind.Batch, request, error);
        var letter = await OkAsync("GET", "/dead-letters/job_1");
        Assert.Equal(request.Length == 0 ? JsonValueKind.Null : JsonValueKind.String, letter.GetProperty("request").ValueKind);
        Assert.Equal(error, letter.GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("DELETE", "")]
    [InlineData("POST", "/replay")]
    public async Task UnknownLetter_IsNotFound(string method, string action)
    {
        foreach (var id in new[] { "job_9", "%27%20or%201=1", "a%2Fb", new string('x', 300) })
        {
            await RefusedAsync(404, "not_found", "id", method, $"/dead-letters/{id}{action}");
        }

        Assert.Empty(Audit.Rows);
        Assert.Empty(Hints.Sent);
    }

    [Fact]
    public async Task Replay_PutsOneBack_AndTellsTheWorkers()
    {
        Queues.Add("job_1", JobKind.Embeddings);
        Queues.Add("job_2", JobKind.Embeddings);
        Assert.Equal("""{"id":"job_1","replayed":true}""", (await OkAsync("POST", "/dead-letters/job_1/replay")).GetRawText());
        Assert.Equal(["job_2"], Queues.LetterIds);
        Assert.Equal(("embeddings", "job_1"), (Hints.Sent.Single().Queue, Hints.Sent.Single().JobId));
        Assert.Equal(["dead_letter.replayed allowed job_1"], AuditRows());
        await RefusedAsync(404, "not_found", "id", "POST", "/dead-letters/job_1/replay");
    }

    [Theory]
    [InlineData(null, "1 2 3 4")]
    [InlineData("{}", "1 2 3 4")]
    [InlineData("""{"queue":"chat"}""", "1 3")]
    [InlineData("""{"ids":["job_1","job_2","job_9"]}""", "1 2")]
    [InlineData("""{"ids":"job_4"}""", "4")]
    [InlineData("""{"queue":"chat","ids":["job_2","job_3"]}""", "3")]
    [InlineData("""{"ids":[]}""", "")]
    public async Task Replay_TakesThoseThatAreNamed(string? body, string expected)
    {
        AddFour();
        var ids = expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => "job_" + n).ToArray();
        Assert.Equal(ids.Length, (await OkAsync("POST", "/dead-letters/replay", body)).GetProperty("replayed").GetInt32());
        Assert.Equal(4 - ids.Length, Queues.LetterIds.Count);
        Assert.Empty(Queues.LetterIds.Intersect(ids));
        Assert.Equal(ids, Hints.Sent.Select(h => h.JobId!).Order());
        Assert.All(Hints.Sent, hint => Assert.Equal(hint.JobId is "job_1" or "job_3" ? "chat" : "embeddings", hint.Queue));
        Assert.Equal(Hints.Sent.Select(h => $"dead_letter.replayed allowed {h.Queue}").Distinct(), AuditRows());
    }

    [Theory]
    [InlineData("""{"queue":"images"}""", "invalid_value", "queue")]
    [InlineData("""{"queue":1}""", "invalid_type", "queue")]
    [InlineData("""{"ids":[1]}""", "invalid_type", "ids[0]")]
    [InlineData("""{"ids":["job_1",""]}""", "invalid_value", "ids")]
    [InlineData("""{"ids":["job\u0000"]}""", "invalid_value", "ids")]
    [InlineData("""{"ids":{}}""", "invalid_type", "ids")]
    [InlineData("""{"all":true}""", "unknown_parameter", "all")]
    [InlineData("[]", "invalid_type", null)]
    [InlineData("{", "invalid_json", null)]
    public async Task ReplayAndPurge_RefuseWrongBodies(string body, string code, string? param)
    {
        AddFour();
        foreach (var action in new[] { "replay", "purge" })
        {
            await RefusedAsync(400, code, param, "POST", "/dead-letters/" + action, body);
        }

        Assert.Equal(4, Queues.LetterIds.Count);
        Assert.Empty(Audit.Rows);
    }

    [Fact]
    public async Task Ids_AreLimited()
    {
        var ids = string.Join(',', Enumerable.Range(0, 1001).Select(i => $"\"job_{i}\""));
        Assert.Contains("1000", await RefusedAsync(400, "invalid_value", "ids", "POST", "/dead-letters/replay", $$"""{"ids":[{{ids}}]}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_TakesOneAway()
    {
        AddFour();
        Assert.Equal("""{"id":"job_1","deleted":true}""", (await OkAsync("DELETE", "/dead-letters/job_1")).GetRawText());
        Assert.Equal(3, Queues.LetterIds.Count);
        Assert.Equal(["dead_letter.deleted allowed job_1"], AuditRows());
        Assert.Empty(Hints.Sent);
    }

    [Fact]
    public async Task Purge_NeedsConfirmation()
    {
        AddFour();
        // The gateway may have counted before: a change has it count anew.
        await OkAsync("POST", "/chat/resume");
        Assert.Contains(" 4 ", await RefusedAsync(400, "missing_required_parameter", "confirm", "POST", "/dead-letters/purge"), StringComparison.Ordinal);
        Assert.Contains(" 2 ", await RefusedAsync(400, "invalid_value", "confirm", "POST", "/dead-letters/purge", """{"queue":"chat","confirm":false}"""), StringComparison.Ordinal);
        Assert.Contains(" 1 ", await RefusedAsync(400, "missing_required_parameter", "confirm", "POST", "/dead-letters/purge", """{"ids":["job_1"]}"""), StringComparison.Ordinal);
        Assert.Equal(4, Queues.LetterIds.Count);

        Assert.Equal(0, (await OkAsync("POST", "/dead-letters/purge", """{"ids":[],"confirm":true}""")).GetProperty("deleted").GetInt32());
        Assert.Equal(1, (await OkAsync("POST", "/dead-letters/purge", """{"queue":"chat","ids":["job_1","job_2"],"confirm":true}""")).GetProperty("deleted").GetInt32());
        Assert.Equal(3, (await OkAsync("POST", "/dead-letters/purge", """{"confirm":true}""")).GetProperty("deleted").GetInt32());
        Assert.Empty(Queues.LetterIds);
        Assert.Equal(["dead_letter.deleted allowed chat", "dead_letter.deleted allowed all"], AuditRows());
        Assert.Contains("\"count\":3", Audit.Rows[1].Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("getQueueStats", "GET", "/stats", null)]
    [InlineData("pauseQueue", "POST", "/chat/pause", null)]
    [InlineData("resumeQueue", "POST", "/chat/resume", null)]
    [InlineData("clearQueue", "POST", "/chat/clear", """{"confirm":"chat"}""")]
    [InlineData("replayDeadLetter", "POST", "/dead-letters/job_1/replay", null)]
    [InlineData("replayDeadLetters", "POST", "/dead-letters/replay", "{}")]
    [InlineData("deleteDeadLetter", "DELETE", "/dead-letters/job_1", null)]
    [InlineData("purgeDeadLetters", "POST", "/dead-letters/purge", """{"confirm":true}""")]
    public async Task Answers_FitTheirSchemas(string operation, string method, string path, string? body)
    {
        AddFour();
        AssertDocumented(operation, await OkAsync(method, path, body));
    }

    private void AddFour()
    {
        foreach (var i in new[] { 1, 2, 3, 4 })
        {
            Queues.Add($"job_{i}", i % 2 == 0 ? JobKind.Embeddings : JobKind.Chat);
        }
    }

    private static void AssertDocumented(string operation, JsonElement answer) => Assert.Empty(JsonSchemaValidator.Validate(
        OpenApi.Document,
        OpenApi.Operation(operation).GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty("application/json").GetProperty("schema"),
        answer));

    private static IEnumerable<string> Ids(JsonElement page) => page.GetProperty("deadLetters").EnumerateArray().Select(l => l.GetProperty("id").GetString()!);
}

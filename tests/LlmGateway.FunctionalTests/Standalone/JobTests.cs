using System.Net;
using System.Text.Json;
using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Standalone;

/// <summary>Jobs out of the box: nothing is configured, no server is there.</summary>
public sealed class JobTests(JobTests.Fixture fixture) : IClassFixture<JobTests.Fixture>
{
    private const string Chat = "/v1/chat/jobs";
    private const string Embeddings = "/v1/embeddings/jobs";
    private const string Quick = """{"model":"sim-small","messages":[{"role":"user","content":"!words 30"}]}""";

    /// <summary>Takes the simulator's slow model far longer than any test waits.</summary>
    private const string Slow = """{"model":"sim-large","messages":[{"role":"user","content":"!words 20000"}]}""";

    private readonly StandaloneGateway _gateway = fixture.Gateway;

    [Fact]
    public async Task AChatJob_IsAccepted_Followed_AndAnswered()
    {
        var location = await SubmitAsync(Chat, Quick);
        var job = await EndedAsync(location);
        Assert.Equal(["id", "status", "progress", "result", "createdAt", "completedAt"], job.EnumerateObject().Take(6).Select(m => m.Name));
        Assert.Equal((location.Split('/')[^1], "completed", 100), (Text(job, "id"), Text(job, "status"), job.GetProperty("progress").GetInt32()));
        Assert.True(job.GetProperty("createdAt").GetDateTimeOffset() <= job.GetProperty("completedAt").GetDateTimeOffset());
        var result = job.GetProperty("result");
        Assert.NotEmpty(Text(result, "id"));
        Assert.Equal("stop", Text(result.GetProperty("choices")[0], "finish_reason"));
        var answer = Text(result.GetProperty("choices")[0].GetProperty("message"), "content");
        Assert.Equal(30, answer.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.True(result.GetProperty("usage").GetProperty("completion_tokens").GetInt32() > 0);

        var all = await FollowAsync(location, lastId: null);
        Assert.Equal(("completed", "end"), (all[^1].Name, all[^1].Id));
        var chunks = all.Where(e => e.Name == "chunk").ToArray();
        Assert.Equal(answer, string.Concat(chunks.Select(Delta)));

        var middle = chunks[chunks.Length / 2];
        var rest = await FollowAsync(location, middle.Id);
        Assert.Equal(chunks.SkipWhile(e => e.Id != middle.Id).Skip(1), rest.Where(e => e.Name == "chunk"));
        Assert.Equal(("completed", "end"), (rest[^1].Name, rest[^1].Id));

        using var done = await _gateway.Client.SendAsync(Events(location, "end"));
        Assert.Equal(HttpStatusCode.NoContent, done.StatusCode);
    }

    [Fact]
    public async Task AnEmbeddingsJob_IsAnswered()
    {
        var job = await EndedAsync(await SubmitAsync(Embeddings, """{"model":"sim-embed","input":["one","two"]}"""));
        Assert.Equal("completed", Text(job, "status"));
        var vectors = job.GetProperty("result").GetProperty("data");
        Assert.Equal(2, vectors.GetArrayLength());
        Assert.Equal(384, vectors[0].GetProperty("embedding").GetArrayLength());
    }

    [Fact]
    public async Task JobsAreCancelled_RunningAndWaiting_AndTheQueuesFiguresSaySo()
    {
        var before = await ChatFiguresAsync();
        var running = await SubmitAsync(Chat, Slow);
        await Eventually.IsTrueAsync(async () => Text(await _gateway.GetAsync(running), "status") == "running", "the slow job runs");
        await IsEventuallyAsync(before with { Active = 1 }, "one job is active");
        using (var asked = await _gateway.Client.DeleteAsync(running))
        {
            Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        }

        var ended = await EndedAsync(running);
        Assert.Equal(("cancelled", "job_cancelled"), (Text(ended, "status"), Text(ended.GetProperty("error"), "code")));
        Assert.Equal(("cancelled", "end"), (await FollowAsync(running, lastId: null)) is [.., var last] ? (last.Name, last.Id) : default);

        using (var paused = await _gateway.PostAsync("/admin/queue/chat/pause", "{}"))
        {
            await StandaloneGateway.ReadAsync(paused, 200);
        }

        var waiting = await SubmitAsync(Chat, Quick);
        var other = await SubmitAsync(Chat, Quick);
        await IsEventuallyAsync(before with { Waiting = 2, Cancelled = before.Cancelled + 1, Paused = true }, "two jobs wait");
        using (var cancelled = await _gateway.Client.DeleteAsync(waiting))
        {
            Assert.Equal("cancelled", Text(await StandaloneGateway.ReadAsync(cancelled, 200), "status"));
        }

        using (var resumed = await _gateway.PostAsync("/admin/queue/chat/resume", "{}"))
        {
            await StandaloneGateway.ReadAsync(resumed, 200);
        }

        Assert.Equal("completed", Text(await EndedAsync(other), "status"));
        await IsEventuallyAsync(
            before with { Completed = before.Completed + 1, Cancelled = before.Cancelled + 2 }, "one job is completed and two are cancelled");
    }

    [Fact]
    public async Task AWebhookToOnesOwnMachine_IsRefused()
    {
        (string Url, string Reason)[] refused =
        [
            ("https://127.0.0.1:9443/hook", "not a public address"), ("https://[::1]/hook", "not a public address"),
            ("https://localhost/hook", "not a public name"), ("http://receiver.example/hook", "https://"),
        ];
        foreach (var (url, reason) in refused)
        {
            using var response = await _gateway.PostAsync(Chat, WithWebhook(url));
            var error = (await StandaloneGateway.ReadAsync(response, 400)).GetProperty("error");
            Assert.Equal(("invalid_value", "webhook.url"), (Text(error, "code"), Text(error, "param")));
            Assert.Contains(reason, Text(error, "message"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Webhooks_AreSignedWithAKeyOfThisStart_UnlessOneIsSet()
    {
        var secret = Text(await _gateway.GetAsync("/v1/webhooks/secret"), "secret");
        Assert.Matches("^whsec_[A-Za-z0-9+/]{43}=$", secret);
        // A name that exists nowhere: what is asked here is whether the job is taken on.
        var job = await EndedAsync(await SubmitAsync(Chat, WithWebhook("https://receiver.invalid/hook")));
        Assert.Equal("https://receiver.invalid/hook", Text(job.GetProperty("webhook"), "url"));

        const string Key = "a signing key that somebody has chosen";
        await using var first = await StandaloneGateway.StartAsync(("WEBHOOK_SIGNING_KEY", Key));
        await using var second = await StandaloneGateway.StartAsync(("LLM_GATEWAY__Webhooks__SigningKey", Key));
        var chosen = Text(await first.GetAsync("/v1/webhooks/secret"), "secret");
        Assert.NotEqual(secret, chosen);
        Assert.Equal(chosen, Text(await second.GetAsync("/v1/webhooks/secret"), "secret"));
    }

    private async Task<string> SubmitAsync(string path, string json)
    {
        using var response = await _gateway.PostAsync(path, json);
        var job = await StandaloneGateway.ReadAsync(response, 202);
        var location = response.Headers.Location!.OriginalString;
        Assert.Equal($"{path}/{Text(job, "id")}", location);
        return location;
    }

    private async Task<JsonElement> EndedAsync(string location)
    {
        JsonElement job = default;
        await Eventually.IsTrueAsync(
            async () => Text(job = await _gateway.GetAsync(location), "status") is not ("queued" or "running"), $"{location} has ended");
        return job;
    }

    private Task IsEventuallyAsync(Figures expected, string what) =>
        Eventually.IsTrueAsync(async () => await ChatFiguresAsync() == expected, what);

    private async Task<Figures> ChatFiguresAsync()
    {
        var chat = (await _gateway.GetAsync("/admin/queue/stats")).GetProperty("chat");
        return new Figures(Number("waiting"), Number("active"), Number("completed"), Number("cancelled"), chat.GetProperty("paused").GetBoolean());

        int Number(string name) => chat.GetProperty(name).GetInt32();
    }

    private static string WithWebhook(string url) => $$"""{"webhook":{"url":"{{url}}"},{{Quick[1..]}}""";

    /// <summary>Every event until the stream ends by itself.</summary>
    private async Task<Event[]> FollowAsync(string location, string? lastId)
    {
        using var response = await _gateway.Client.SendAsync(Events(location, lastId));
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return [.. body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(Event.Parse).Where(e => e.Name.Length > 0)];
    }

    private static HttpRequestMessage Events(string location, string? lastId)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, location + "/events");
        if (lastId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastId);
        }

        return request;
    }

    private static string Delta(Event chunk) =>
        JsonDocument.Parse(chunk.Data).RootElement.GetProperty("choices") is { } choices && choices.GetArrayLength() > 0
        && choices[0].GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() ?? "" : "";

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    public sealed class Fixture : IAsyncLifetime
    {
        internal StandaloneGateway Gateway { get; private set; } = null!;

        public async Task InitializeAsync() => Gateway = await StandaloneGateway.StartAsync();

        public async Task DisposeAsync() => await Gateway.DisposeAsync();
    }

    private sealed record Figures(int Waiting, int Active, int Completed, int Cancelled, bool Paused);

    private sealed record Event(string Name, string Id, string Data)
    {
        public static Event Parse(string text)
        {
            var lines = text.Split('\n');
            return new Event(Field("event"), Field("id"), Field("data"));

            string Field(string name) => lines.FirstOrDefault(l => l.StartsWith(name + ": ", StringComparison.Ordinal))?[(name.Length + 2)..] ?? "";
        }
    }
}

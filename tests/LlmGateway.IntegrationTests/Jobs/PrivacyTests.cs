using System.Net;
using LlmGateway.Simulator;
using LlmGateway.Simulator.Models;
using LlmGateway.TestGateway.Jobs;
using LlmGateway.TestSupport;

namespace LlmGateway.IntegrationTests.Jobs;

/// <summary>Whose business jobs, batches and files are, and who may see what stands in them.</summary>
[Collection(GatewayCollection.Name)]
public sealed class PrivacyTests(SharedGatewayServers servers) : IAsyncLifetime
{
    private const string OtherKey = "sk-test-other-0123456789abcdef";
    private const string Card = "4111 1111 1111 1111";
    private const string Secret = "Charge my card " + Card + " and mail jane.doe@example.com";

    private static readonly (string Name, string Value)[] Sensitive =
    [
        ("Sensitivity:Enabled", "true"),
        ("Providers:sim:SecurityLevel", "medium"),
    ];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        servers.Simulator.Reset();
        await servers.EndServicesAsync();
    }

    [Fact]
    public async Task AnotherKey_NeitherSeesNorFollowsNorCancelsAnything()
    {
        var system = await JobSystem.StartAsync(
            servers, ("Authentication:Keys:other:Key", OtherKey), ("Authentication:Keys:other:Roles:0", "user"));
        var mine = new BatchClient(() => system.Api, JobSystem.Key);
        var done = await system.Client.SubmitAsync("!echo mine");
        await system.Client.WaitForEndAsync(done);
        using (var pause = await system.Client.SendAsync(HttpMethod.Post, "/admin/queue/chat/pause"))
        {
            Assert.Equal(HttpStatusCode.OK, pause.StatusCode);
        }

        var waiting = await system.Client.SubmitAsync("!echo mine too");
        var file = await mine.UploadAsync([BatchClient.Line("only", "sim-slow", "!echo " + string.Join(' ', Enumerable.Range(0, 1000)))]);
        var batch = await mine.CreateAsync(file);

        var other = new JobClient(() => system.Api, OtherKey);
        (HttpMethod, string)[] refused =
        [
            (HttpMethod.Get, $"/v1/chat/jobs/{done}"), (HttpMethod.Get, $"/v1/chat/jobs/{done}/events"), (HttpMethod.Delete, $"/v1/chat/jobs/{done}"),
            (HttpMethod.Get, $"/v1/chat/jobs/{waiting}"), (HttpMethod.Get, $"/v1/chat/jobs/{waiting}/events"), (HttpMethod.Delete, $"/v1/chat/jobs/{waiting}"),
            (HttpMethod.Get, $"/v1/embeddings/jobs/{done}"),
            (HttpMethod.Get, $"/v1/batches/{batch}"), (HttpMethod.Post, $"/v1/batches/{batch}/cancel"),
            (HttpMethod.Get, $"/v1/files/{file}"), (HttpMethod.Get, $"/v1/files/{file}/content"), (HttpMethod.Delete, $"/v1/files/{file}"),
        ];
        foreach (var (method, path) in refused)
        {
            using var answer = await other.SendAsync(method, path);
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, $"{method} {path}: {(int)answer.StatusCode}");
        }

        foreach (var path in new[] { "/v1/chat/jobs", "/v1/batches", "/v1/files" })
        {
            using var theirs = await other.SendAsync(HttpMethod.Get, path);
            Assert.Equal(0, (await JobClient.JsonAsync(theirs)).GetProperty("data").GetArrayLength());
            using var ours = await system.Client.SendAsync(HttpMethod.Get, path);
            Assert.NotEqual(0, (await JobClient.JsonAsync(ours)).GetProperty("data").GetArrayLength());
        }

        var body = $$"""{"input_file_id":"{{file}}","endpoint":"/v1/chat/completions","completion_window":"24h"}""";
        using var stolen = await other.SendAsync(HttpMethod.Post, "/v1/batches", body);
        Assert.InRange((int)stolen.StatusCode, 400, 404);
        using var admin = await other.SendAsync(HttpMethod.Get, "/admin/queue/dead-letters");
        Assert.Equal(HttpStatusCode.Forbidden, admin.StatusCode);

        // None of all that has changed anything.
        Assert.Equal("queued", JobClient.Status(await system.Client.GetAsync(waiting)));
        Assert.Contains((await mine.GetAsync(batch)).GetProperty("status").GetString(), new[] { "validating", "in_progress" });
    }

    [Fact]
    public async Task SensitiveContent_ReachesTheSecureProviderOnly()
    {
        await using var own = await SimulatorServer.StartAsync(new SimulatorOptions
        {
            Models = [new SimulatedModel { Name = "sim-job", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 0 }],
        });
        var system = await JobSystem.StartAsync(servers,
        [
            .. Sensitive, ("Providers:own:Type", "openai"), ("Providers:own:BaseUrl", own.BaseAddress + "v1"), ("Providers:own:SecurityLevel", "high"),
            ("Providers:own:Priority", "5"), ("Providers:own:Models:sim-job:Prices:Input", "1"),
        ]);

        var open = await system.Client.SubmitAsync("!echo nothing to hide");
        Assert.Equal("completed", JobClient.Status(await system.Client.WaitForEndAsync(open)));
        var secret = await system.Client.SubmitAsync(Secret);
        Assert.Equal("completed", JobClient.Status(await system.Client.WaitForEndAsync(secret)));
        Assert.Equal(
            ["sim", "own"], await system.QueryAsync<string>($"select provider from usage where job_id in ('{open}', '{secret}') order by created_at"));

        var client = new BatchClient(() => system.Api, JobSystem.Key);
        var file = await client.UploadAsync([BatchClient.Line("open", "sim-job", "!echo nothing to hide"), BatchClient.Line("secret", "sim-job", Secret)]);
        var batch = await client.WaitForEndAsync(await client.CreateAsync(file));
        Assert.Equal(2, batch.GetProperty("request_counts").GetProperty("completed").GetInt32());

        Assert.Equal(2, own.Requests.Count(request => request.Body.Contains(Card, StringComparison.Ordinal)));
        Assert.Equal(2, servers.Simulator.Requests.Count(request => request.Body.Contains("nothing to hide", StringComparison.Ordinal)));
        AssertNotSeen();
    }

    [Fact]
    public async Task WithoutASecureProvider_SensitiveContentIsRefused_AndNobodySeesIt()
    {
        var system = await JobSystem.StartAsync(servers, Sensitive);
        var body = $$"""{"model":"sim-job","messages":[{"role":"user","content":"{{Secret}}"}]}""";
        using var refused = await system.Client.SendAsync(HttpMethod.Post, "/v1/chat/jobs", body);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("sensitive_content_no_secure_provider", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var client = new BatchClient(() => system.Api, JobSystem.Key);
        var file = await client.UploadAsync([BatchClient.Line("open", "sim-job", "!echo nothing to hide"), BatchClient.Line("secret", "sim-job", Secret)]);
        var batch = await client.WaitForEndAsync(await client.CreateAsync(file));
        Assert.Equal("completed", batch.GetProperty("status").GetString());
        Assert.Equal("open", Assert.Single(await client.LinesAsync(batch, "output_file_id")).GetProperty("custom_id").GetString());
        var failed = Assert.Single(await client.LinesAsync(batch, "error_file_id"));
        Assert.Equal("secret", failed.GetProperty("custom_id").GetString());
        Assert.Equal(403, failed.GetProperty("response").GetProperty("status_code").GetInt32());
        Assert.Contains("sensitive_content_no_secure_provider", failed.ToString(), StringComparison.Ordinal);
        Assert.Equal([0L], await system.QueryAsync<long>("select count(*) from jobs where kind = 'chat'"));
        AssertNotSeen();
    }

    private void AssertNotSeen() =>
        Assert.DoesNotContain(servers.Simulator.Requests, request => request.Body.Contains(Card, StringComparison.Ordinal));
}

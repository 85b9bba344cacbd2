using LlmGateway.Data.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Api.Tests.Jobs;

/// <summary>What is decided about a request before it becomes a job.</summary>
public sealed class SubmitPolicyTests(JobsFixture fixture) : IClassFixture<JobsFixture>
{
    private const string Secret = "Charge my card 4111 1111 1111 1111 and mail jane.doe@example.com";
    private const string IdempotencyKey = "Idempotency-Key";

    [Fact]
    public async Task SensitiveContent_WithoutASecureProvider_IsRefusedAndAudited()
    {
        var before = fixture.Store.Calls;
        using var response = await fixture.SubmitAsync(Json.Chat(Secret, "chatty"), headers: [("x-request-id", "refused-1")]);
        await ErrorAssert.IsAsync(response, 403, "sensitive_content_no_secure_provider");
        Assert.Equal(before, fixture.Store.Calls);
        var row = Assert.Single(fixture.Audit, row => row.RequestId == "refused-1");
        Assert.Equal(("request.routed", "denied", "test", null), (row.Action, row.Outcome, row.ApiKeyId, row.Subject));
        Assert.DoesNotContain("4111", row.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verdict_IsStoredWithTheJob()
    {
        using var high = await fixture.SubmitAsync(Json.Chat(Secret, "vault"));
        Assert.Equal(["high"], high.Headers.GetValues("x-llm-gateway-sensitivity"));
        Assert.Equal("high", fixture.Store[(await JobsFixture.DocumentAsync(high, 202)).GetProperty("id").GetString()!].Sensitivity);
        Assert.Equal("low", fixture.Store[await fixture.AcceptAsync(Json.Chat("hello", "chatty"))].Sensitivity);
        Assert.Equal("high", fixture.Store[await fixture.AcceptAsync(Json.Chat("hello", "vault"), headers: [("x-llm-gateway-sensitivity", "high")])].Sensitivity);
        using var refused = await fixture.SubmitAsync(Json.Chat("hello", "chatty"), headers: [("x-llm-gateway-sensitivity", "high")]);
        await ErrorAssert.IsAsync(refused, 403, "sensitive_content_no_secure_provider");
    }

    [Fact]
    public async Task SameIdempotencyKey_GivesTheSameJob_AndOneHint()
    {
        var body = Json.Chat("once", "chatty", "\"priority\":\"high\"");
        var first = await fixture.AcceptAsync(body, headers: [(IdempotencyKey, "order-1")]);
        using var again = await fixture.SubmitAsync(body, headers: [(IdempotencyKey, "order-1")]);
        Assert.Equal(first, (await JobsFixture.DocumentAsync(again, 202)).GetProperty("id").GetString());
        Assert.Equal(["true"], again.Headers.GetValues("idempotent-replayed"));
        Assert.Equal($"/v1/chat/jobs/{first}", again.Headers.Location?.ToString());
        Assert.Single(fixture.Hints, h => h.JobId == first);
        Assert.Equal(32, fixture.Store[first].IdempotencyHash!.Length);
    }

    [Fact]
    public async Task SameIdempotencyKey_WithAnotherRequest_IsRefused()
    {
        await fixture.AcceptAsync(Json.Chat("one", "chatty"), headers: [(IdempotencyKey, "order-2")]);
        using var other = await fixture.SubmitAsync(Json.Chat("two", "chatty"), headers: [(IdempotencyKey, "order-2")]);
        await ErrorAssert.IsAsync(other, 422, "idempotency_key_reused", IdempotencyKey);
        using var priority = await fixture.SubmitAsync(Json.Chat("one", "chatty", "\"priority\":\"high\""), headers: [(IdempotencyKey, "order-2")]);
        await ErrorAssert.IsAsync(priority, 422, "idempotency_key_reused", IdempotencyKey);
    }

    [Fact]
    public async Task SameIdempotencyKey_WithOtherHeaders_IsRefused()
    {
        var body = Json.Chat("one", "vault");
        await fixture.AcceptAsync(body, headers: [(IdempotencyKey, "order-5"), ("x-llm-gateway-priority", "normal")]);
        using var sensitive = await fixture.SubmitAsync(body, headers: [(IdempotencyKey, "order-5"), ("x-llm-gateway-sensitivity", "high")]);
        await ErrorAssert.IsAsync(sensitive, 422, "idempotency_key_reused", IdempotencyKey);
        using var urgent = await fixture.SubmitAsync(body, headers: [(IdempotencyKey, "order-5"), ("x-llm-gateway-priority", "high")]);
        await ErrorAssert.IsAsync(urgent, 422, "idempotency_key_reused", IdempotencyKey);
        using var same = await fixture.SubmitAsync(body, headers: [(IdempotencyKey, "order-5")]);
        Assert.Equal(["true"], same.Headers.GetValues("idempotent-replayed"));
        Assert.Equal(["low"], same.Headers.GetValues("x-llm-gateway-sensitivity"));
    }

    [Fact]
    public async Task SameIdempotencyKey_OfAnotherApiKey_IsAnotherJob()
    {
        var body = Json.Chat("mine", "chatty");
        var mine = await fixture.AcceptAsync(body, headers: [(IdempotencyKey, "order-3")]);
        using var other = await JobsFixture.SubmitAsync(fixture.Other, body, headers: [(IdempotencyKey, "order-3")]);
        Assert.NotEqual(mine, (await JobsFixture.DocumentAsync(other, 202)).GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a,b c")]
    [InlineData("long")]
    public async Task BadIdempotencyKey_IsRefused(string key)
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        var body = Json.Chat("x", "chatty");
        await connection.SendAsync(connection.Head(
            "POST", JobsFixture.ChatPath, $"Content-Type: application/json\r\n{IdempotencyKey}: {(key == "long" ? new string('k', 256) : key)}\r\nContent-Length: {body.Length}\r\n"));
        await connection.SendAsync(body);
        ErrorAssert.Is(await connection.ReadAsync(), 400, "invalid_value", IdempotencyKey);
    }

    [Fact]
    public async Task LongestIdempotencyKey_IsTaken() =>
        await fixture.AcceptAsync(Json.Chat("x", "chatty"), headers: [(IdempotencyKey, new string('~', 255))]);

    [Fact]
    public async Task StoreThatIsAway_Is503_AndNoHintIsSent()
    {
        await using var gateway = await StartAsync(services => services.AddSingleton<IJobStore>(new FakeJobStore { IsAway = true }));
        using var submitted = await JobsFixture.SubmitAsync(gateway.Client, Json.Chat("x", "away"));
        await ErrorAssert.IsAsync(submitted, 503, "dependency_unavailable");
        Assert.NotNull(submitted.Headers.RetryAfter);
        foreach (var path in new[] { "/v1/chat/jobs", $"/v1/chat/jobs/job_{new string('0', 32)}" })
        {
            using var response = await gateway.Client.GetAsync(path);
            await ErrorAssert.IsAsync(response, 503, "dependency_unavailable");
        }

        using var cancelled = await gateway.Client.DeleteAsync($"/v1/chat/jobs/job_{new string('0', 32)}");
        await ErrorAssert.IsAsync(cancelled, 503, "dependency_unavailable");
        Assert.Empty(gateway.Errors);
    }

    [Fact]
    public async Task GatewayWithoutJobs_SaysWhatIsMissing()
    {
        await using var gateway = await StartAsync(_ => { });
        using var response = await JobsFixture.SubmitAsync(gateway.Client, Json.Chat("x", "away"));
        Assert.Contains("gatewaydb", (await ErrorAssert.IsAsync(response, 503, "dependency_unavailable")).GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutWebhooks_AWebhookIsRefused()
    {
        await using var gateway = await StartAsync(services => services.AddSingleton<IJobStore>(new FakeJobStore()));
        using var response = await JobsFixture.SubmitAsync(gateway.Client, Json.Chat("x", "away", "\"webhook\":\"https://example.com\""));
        await ErrorAssert.IsAsync(response, 400, "invalid_value", "webhook.url");
        using var without = await JobsFixture.SubmitAsync(gateway.Client, Json.Chat("x", "away"));
        Assert.Equal(202, (int)without.StatusCode);
    }

    [Theory]
    [InlineData("QUEUE_MAX_ATTEMPTS", "many", "Jobs:MaxAttempts")]
    [InlineData("QUEUE_BACKOFF_TYPE", "linear", "Jobs:Backoff")]
    [InlineData("Jobs:MaxAttempts", "0", "MaxAttempts")]
    public async Task BadSetting_IsToldAtStart(string name, string value, string told) => Assert.Contains(
        told, (await TestGateway.FailToStartAsync(("Authentication:Keys:test:Key", TestGateway.Key), (name, value))).ToString(), StringComparison.Ordinal);

    [Fact]
    public async Task WellKnownNames_AreWeakerThanTheSection()
    {
        var store = new FakeJobStore();
        await using var gateway = await StartAsync(services => services.AddSingleton<IJobStore>(store), ("QUEUE_MAX_ATTEMPTS", "7"), ("QUEUE_REMOVE_ON_COMPLETE", "100"), ("QUEUE_BACKOFF_TYPE", "fixed"));
        using var response = await JobsFixture.SubmitAsync(gateway.Client, Json.Chat("x", "away"));
        Assert.Equal(7, Assert.Single(store.Jobs).MaxAttempts);
        var options = gateway.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<JobOptions>>().Value;
        Assert.Equal((100, "fixed"), (options.KeepCompleted, options.Backoff));
        await using var both = await StartAsync(_ => { }, ("QUEUE_MAX_ATTEMPTS", "7"), ("Jobs:MaxAttempts", "2"));
        Assert.Equal(2, both.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<JobOptions>>().Value.MaxAttempts);
    }

    private static Task<TestGateway> StartAsync(Action<IServiceCollection> services, params (string Name, string? Value)[] settings) => TestGateway.StartAsync(
        [
            ("Authentication:Keys:test:Key", TestGateway.Key), ("Providers:down:Type", "openai"), ("Providers:down:BaseUrl", "http://127.0.0.1:1/v1"),
            ("Providers:down:Discover", "false"), ("Providers:down:Models:away:ContextLength", "4096"), .. settings,
        ],
        services);
}

using System.Text.Json;
using LlmGateway.Contracts.Fleet;
using LlmGateway.ServiceDefaults.Fleet;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Api.Tests.Admin;

public sealed class FleetApiTests(FleetApiTests.AdminFixture fixture) : IClassFixture<FleetApiTests.AdminFixture>
{
    private const string AdminKey = "sk-admin-0123456789abcdef";

    public sealed class AdminFixture : GatewayFixture
    {
        protected override (string Name, string? Value)[] Settings =>
        [
            ("Authentication:Keys:admin:Key", AdminKey),
            ("Authentication:Keys:admin:Roles:0", "user"),
            ("Authentication:Keys:admin:Roles:1", "admin"),
            ("Service:InstanceId", "first"),
        ];
    }

    [Fact]
    public async Task TheFleet_IsShownToAnAdministrator()
    {
        var node = new NodeModels("gpu") { BaseUrl = "http://gpu:11434", Reachable = true, Models = [new NodeModel("llama:8b", 12, true)] };
        var store = fixture.Gateway.Services.GetRequiredService<IFleetStore>();
        await store.PublishAsync([node, new HostReadings("machine") { Processors = 3 }], TimeSpan.FromMinutes(1), notify: true, CancellationToken.None);
        using var client = fixture.Gateway.NewClient(AdminKey);

        var fleet = await UntilAsync(client, fleet => fleet.GetProperty("nodes").GetArrayLength() > 0 && fleet.GetProperty("services").GetArrayLength() > 0);

        Assert.Equal("api-first", fleet.GetProperty("services")[0].GetProperty("id").GetString());
        Assert.Equal("api", fleet.GetProperty("services")[0].GetProperty("service").GetString());
        Assert.Equal("llama:8b", fleet.GetProperty("nodes")[0].GetProperty("models")[0].GetProperty("name").GetString());
        Assert.Equal(3, fleet.GetProperty("hosts")[0].GetProperty("processors").GetInt32());
        Assert.InRange(fleet.GetProperty("observedAt").GetDateTimeOffset(), TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(5));
    }

    [Fact]
    public async Task AKeyWithoutTheRole_IsRefused()
    {
        using var response = await fixture.Client.GetAsync("/admin/fleet");
        await AssertProblemAsync(response, 403, "forbidden");
    }

    [Fact]
    public async Task WithoutAKey_NothingIsShown()
    {
        using var client = fixture.Gateway.NewClient(null);
        using var response = await client.GetAsync("/admin/fleet");
        await AssertProblemAsync(response, 401, "missing_api_key");
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task AnUnknownPath_IsAProblemToo()
    {
        using var client = fixture.Gateway.NewClient(AdminKey);
        using var response = await client.GetAsync("/admin/nothing");
        await AssertProblemAsync(response, 404, "unknown_url");
    }

    [Fact]
    public async Task AnAdministrator_MayCallModels()
    {
        using var client = fixture.Gateway.NewClient(AdminKey);
        using var response = await client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("!echo hello")));
        Assert.Equal("hello", Json.ContentOf(await response.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task WithoutRedis_TheGatewayStartsAndSaysWhatIsMissing()
    {
        // Nobody listens on port 1.
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1/v1",
            ("ConnectionStrings:redis", "127.0.0.1:1"), ("Authentication:Keys:admin:Key", AdminKey), ("Authentication:Keys:admin:Roles:0", "admin"));
        using var client = gateway.NewClient(AdminKey);

        using var response = await client.GetAsync("/admin/fleet");

        var problem = await AssertProblemAsync(response, 503, "dependency_unavailable");
        Assert.Contains("Redis", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.NotNull(response.Headers.RetryAfter);
        using var models = await client.GetAsync("/v1/models");
        Assert.True(models.IsSuccessStatusCode);
        using var ready = await client.GetAsync("/health/ready");
        Assert.Equal("degraded", Json.Parse(await ready.Content.ReadAsStringAsync()).GetProperty("checks").GetProperty("redis").GetProperty("status").GetString());
        Assert.True(ready.IsSuccessStatusCode);
    }

    [Fact]
    public async Task AnUnknownRole_IsAMistakeOfTheConfiguration()
    {
        var failure = await TestGateway.FailToStartAsync(("Authentication:Keys:k:Key", AdminKey), ("Authentication:Keys:k:Roles:0", "root"));
        Assert.Contains("Authentication:Keys:k:Roles has 'root'", failure.ToString(), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> UntilAsync(HttpClient client, Func<JsonElement, bool> condition)
    {
        JsonElement fleet = default;
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var response = await client.GetAsync("/admin/fleet");
                return response.IsSuccessStatusCode && condition(fleet = Json.Parse(await response.Content.ReadAsStringAsync()));
            },
            "the fleet is what was waited for");
        return fleet;
    }

    private static async Task<JsonElement> AssertProblemAsync(HttpResponseMessage response, int status, string code)
    {
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        var problem = Json.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal(response.Headers.GetValues("x-request-id").Single(), problem.GetProperty("requestId").GetString());
        Assert.False(string.IsNullOrEmpty(problem.GetProperty("detail").GetString()));
        Assert.False(string.IsNullOrEmpty(problem.GetProperty("title").GetString()));
        Assert.Equal("about:blank", problem.GetProperty("type").GetString());
        return problem;
    }
}

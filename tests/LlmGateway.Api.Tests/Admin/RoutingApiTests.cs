using System.Text.Json;
using LlmGateway.Core.Resilience;
using LlmGateway.Simulator;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Api.Tests.Admin;

public sealed class RoutingApiTests : IAsyncLifetime
{
    private const string AdminKey = "sk-admin-0123456789abcdef";
    private const string ExplainPath = "/admin/routing/explain";

    private SimulatorServer _simulator = null!;
    private TestGateway _gateway = null!;
    private HttpClient _admin = null!;

    public async Task InitializeAsync()
    {
        _simulator = await SimulatorServer.StartAsync();
        _gateway = await TestGateway.StartAsync(
            _simulator.BaseAddress + "v1",
            ("Authentication:Keys:admin:Key", AdminKey), ("Authentication:Keys:admin:Roles:0", "admin"),
            ("Routing:Strategy", "cost"), ("Routing:AttemptsPerTarget", "1"), ("Routing:CircuitBreaker:MinimumThroughput", "2"),
            ("Routing:CircuitBreaker:BreakDuration", "00:10:00"), ("Routing:Fallbacks:shared:0:MaxTokens", "10"),
            ("Providers:up:Models:shared:UpstreamName", "sim-small"), ("Providers:up:Models:shared:Prices:Input", "10"), ("Providers:up:Models:shared:Prices:Output", "30"),
            ("Providers:up:Models:broken:UpstreamName", "sim-small+status-code-500"),
            ("Providers:cheap:Type", "openai"), ("Providers:cheap:BaseUrl", _simulator.BaseAddress + "v1"), ("Providers:cheap:Discover", "false"),
            ("Providers:cheap:SecurityLevel", "high"),
            ("Providers:cheap:Models:shared:UpstreamName", "sim-large"), ("Providers:cheap:Models:shared:Prices:Input", "1"), ("Providers:cheap:Models:shared:Prices:Output", "1"),
            ("Providers:cheap:Models:shared:ContextLength", "8192"), ("Providers:cheap:Models:shared:Capabilities:0", "chat"));
        _admin = _gateway.NewClient(AdminKey);
    }

    public async Task DisposeAsync()
    {
        _admin.Dispose();
        await _gateway.DisposeAsync();
        await _simulator.DisposeAsync();
    }

    [Fact]
    public async Task Explain_ShowsTheOrderAndTheReasons_AndAsksNobody()
    {
        var plan = await PostAsync(ExplainPath, Json.Chat("hello", "shared", "\"max_tokens\":100"));
        Assert.Equal(("shared", "cost"), (Text(plan, "model"), Text(plan, "strategy")));
        Assert.Equal(["cheap/sim-large", "up/sim-small", "cheap/sim-large", "up/sim-small"], Names(plan, "candidates"));
        var first = plan.GetProperty("candidates")[0];
        Assert.Equal(("closed", "high", "cheap"), (Text(first, "circuit"), Text(first, "securityLevel"), Text(first, "node")));
        Assert.Equal(8192, first.GetProperty("contextLength").GetInt32());
        Assert.Equal("""["chat"]""", first.GetProperty("capabilities").GetRawText());
        Assert.InRange(first.GetProperty("estimatedCost").GetDecimal(), 0.0001m, 0.0002m);
        Assert.Equal(JsonValueKind.Null, first.GetProperty("fallback").ValueKind);
        Assert.Equal(10, plan.GetProperty("candidates")[2].GetProperty("fallback").GetProperty("maxTokens").GetInt32());
        Assert.Equal("""{"sensitive":false,"score":0,"requiredLevel":"low","reasons":[]}""", plan.GetProperty("sensitivity").GetRawText());
        Assert.Equal(JsonValueKind.Null, plan.GetProperty("refusal").ValueKind);
        Assert.DoesNotContain(_simulator.Requests, r => r.Method == "POST");

        var tools = await PostAsync(ExplainPath, Json.Chat("hello", "cheap/shared", "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]"));
        Assert.Contains("cheap/sim-large", Names(tools, "rejected"));
        Assert.Equal("capability", Text(tools.GetProperty("rejected")[0], "reason"));
    }

    [Fact]
    public async Task Explain_TakesTheOtherOperationsToo()
    {
        var plan = await PostAsync(ExplainPath + "?operation=embeddings", """{"model":"sim-embed","input":"x"}""");
        Assert.Equal("""["embeddings"]""", plan.GetProperty("needs").GetRawText());
        await PostAsync(ExplainPath + "?operation=completions", """{"model":"sim-small","prompt":"x"}""");
        using var wrong = await _admin.PostAsync(ExplainPath + "?operation=dance", Json.Content("{}"));
        await ProblemAssert.IsAsync(wrong, 400, "invalid_value", "operation");
    }

    [Fact]
    public async Task Explain_SaysWhatIsWrong_AndNeedsTheRole()
    {
        using var unknown = await _admin.PostAsync(ExplainPath, Json.Content(Json.Chat("x", "no-such-model")));
        await ProblemAssert.IsAsync(unknown, 404, "model_not_found", "model");
        using var invalid = await _admin.PostAsync(ExplainPath, Json.Content("""{"model":"shared"}"""));
        await ProblemAssert.IsAsync(invalid, 400, "missing_required_parameter", "messages");
        using var forbidden = await _gateway.Client.PostAsync(ExplainPath, Json.Content(Json.Chat("x", "shared")));
        await ProblemAssert.IsAsync(forbidden, 403, "forbidden");
    }

    [Fact]
    public async Task Circuits_AreShown_CountedAndClosed()
    {
        await BreakAsync();
        var open = await CircuitAsync();
        Assert.Equal("open", Text(open, "state"));
        Assert.InRange(open.GetProperty("remaining").GetDouble(), 1, 600);
        var plan = await PostAsync(ExplainPath, Json.Chat("x", "broken"));
        Assert.Equal("circuit_open", Text(plan.GetProperty("rejected")[0], "reason"));
        Assert.Equal(503, plan.GetProperty("refusal").GetProperty("status").GetInt32());
        var metrics = await _gateway.Client.GetStringAsync("/metrics");
        Assert.Contains("# TYPE llm_gateway_circuit_breaker_state gauge\n", metrics, StringComparison.Ordinal);
        Assert.Contains("llm_gateway_circuit_breaker_state{circuit=\"up:sim-small+status-code-500\",state=\"open\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("llm_gateway_circuit_breaker_state{circuit=\"up:sim-small+status-code-500\",state=\"closed\"} 0\n", metrics, StringComparison.Ordinal);

        Assert.Equal(0, (await PostAsync("/admin/circuits/reset", """{"provider":"cheap","model":"sim-small+status-code-500"}""")).GetProperty("reset").GetInt32());
        Assert.Equal("open", Text(await CircuitAsync(), "state"));
        Assert.Equal(1, (await PostAsync("/admin/circuits/reset", """{"provider":"up","model":"sim-small+status-code-500"}""")).GetProperty("reset").GetInt32());
        Assert.Equal("closed", Text(await CircuitAsync(), "state"));
        Assert.Contains(
            "llm_gateway_circuit_breaker_state{circuit=\"up:sim-small+status-code-500\",state=\"open\"} 0\n", await _gateway.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reset_WithoutABody_MeansAll()
    {
        await BreakAsync();
        using var response = await _admin.PostAsync("/admin/circuits/reset", null);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        Assert.Equal(_gateway.Services.GetRequiredService<TargetRegistry>().All.Count(), Json.Parse(text).GetProperty("reset").GetInt32());
        Assert.Equal("closed", Text(await CircuitAsync(), "state"));
        using var wrong = await _admin.PostAsync("/admin/circuits/reset", Json.Content("""{"provider":1}"""));
        await ProblemAssert.IsAsync(wrong, 400, "invalid_type", "provider");
        using var forbidden = await _gateway.Client.PostAsync("/admin/circuits/reset", null);
        await ProblemAssert.IsAsync(forbidden, 403, "forbidden");
    }

    /// <summary>Failures of two keys: those of one alone open the circuit for nobody else.</summary>
    private async Task BreakAsync()
    {
        for (var i = 0; i < 3; i++)
        {
            using var failed = await _gateway.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("x", "broken")));
            Assert.False(failed.IsSuccessStatusCode);
        }

        using var other = await _admin.PostAsync(Json.ChatPath, Json.Content(Json.Chat("x", "broken")));
        Assert.False(other.IsSuccessStatusCode);
    }

    private async Task<JsonElement> CircuitAsync() => Json.Parse(await _admin.GetStringAsync("/admin/circuits")).GetProperty("circuits")
        .EnumerateArray().Single(c => Text(c, "model") == "sim-small+status-code-500");

    private async Task<JsonElement> PostAsync(string path, string body)
    {
        using var response = await _admin.PostAsync(path, Json.Content(body));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == 200, text);
        return Json.Parse(text);
    }

    private static IEnumerable<string> Names(JsonElement plan, string list) =>
        plan.GetProperty(list).EnumerateArray().Select(c => $"{Text(c, "endpoint")}/{Text(c, "model")}");

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}

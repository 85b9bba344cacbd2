using System.Text.Json;

namespace LlmGateway.Api.Tests.Query;

public sealed class QueryTests(PlainFixture fixture) : IClassFixture<PlainFixture>
{
    [Fact]
    public async Task AQuery_IsAnsweredInItsShape()
    {
        using var response = await fixture.Client.PostAsync("/query", Json.Content("""{"prompt":"!echo Grüße \"42\"","model":"up/sim-fast","user_id":"u1","temperature":0.5,"max_tokens":100,"force_refresh":true}"""));
        var answer = Json.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(
            ["response", "provider", "model", "finish_reason", "tokens_used", "processing_time", "cost", "cached", "correlation_id"], answer.EnumerateObject().Select(p => p.Name));
        Assert.Equal("Grüße \"42\"", answer.GetProperty("response").GetString());
        Assert.Equal(("up", "sim-fast", "stop"), (Text(answer, "provider"), Text(answer, "model"), Text(answer, "finish_reason")));
        Assert.True(answer.GetProperty("tokens_used").GetInt64() > 0);
        Assert.True(answer.GetProperty("processing_time").GetDouble() > 0);
        Assert.True(answer.GetProperty("cost").GetDecimal() > 0);
        Assert.False(answer.GetProperty("cached").GetBoolean());
        Assert.Equal(response.Headers.GetValues("x-request-id").Single(), Text(answer, "correlation_id"));
        Assert.Equal("up", response.Headers.GetValues("x-llm-gateway-provider").Single());
    }

    [Fact]
    public async Task Context_StandsBeforeThePrompt_AndEveryFieldReachesTheProvider()
    {
        await fixture.AskAsync("/query", """{"prompt":"!echo context-test","context":"Be brief.","model":"sim-fast","temperature":0.25,"max_tokens":7,"user_id":"u2"}""");
        var sent = Json.Parse(fixture.Simulator.Requests.Last(r => r.Body.Contains("context-test", StringComparison.Ordinal)).Body);
        Assert.Equal("""[{"role":"system","content":"Be brief."},{"role":"user","content":"!echo context-test"}]""", sent.GetProperty("messages").GetRawText());
        Assert.Equal((0.25, 7, "u2"), (sent.GetProperty("temperature").GetDouble(), sent.GetProperty("max_tokens").GetInt32(), sent.GetProperty("user").GetString()));
    }

    [Theory]
    [InlineData("""{"prompt":"!echo x"}""", null, null)]
    [InlineData("""{"prompt":"!echo x","provider":"auto","model":null,"context":""}""", null, null)]
    [InlineData("""{"prompt":"!echo x","provider":"second"}""", "second", "sim-fast")]
    [InlineData("""{"prompt":"!echo x","provider":"second","model":"auto"}""", "second", "sim-fast")]
    [InlineData("""{"prompt":"!echo x","provider":"second","model":"own"}""", "second", "sim-fast")]
    [InlineData("""{"prompt":"!echo x","provider":"up","model":"up/sim-fast"}""", "up", "sim-fast")]
    [InlineData("""{"prompt":"!echo x","provider":"up","model":"meta/llama:8b"}""", "up", "meta/llama:8b")]
    [InlineData("""{"prompt":"!echo x","provider":"auto","model":"best"}""", null, "sim-fast")]
    public async Task ProviderAndModel_DecideWhoAnswers(string body, string? provider, string? model)
    {
        var answer = await fixture.AskAsync("/query", body);
        Assert.Equal("x", Text(answer, "response"));
        Assert.Equal(provider ?? Text(answer, "provider"), Text(answer, "provider"));
        Assert.Equal(model ?? Text(answer, "model"), Text(answer, "model"));
    }

    [Fact]
    public async Task AFreeModel_CostsZero_AndAnUnknownPriceIsNull()
    {
        Assert.Equal(0, (await fixture.AskAsync("/query", """{"prompt":"!echo x","provider":"second"}""")).GetProperty("cost").GetDecimal());
        Assert.Equal(JsonValueKind.Null, (await fixture.AskAsync("/query", """{"prompt":"!echo x","model":"meta/llama:8b"}""")).GetProperty("cost").ValueKind);
    }

    [Fact]
    public async Task ANamedProvider_IsNotLeft_EvenByAFallback()
    {
        Assert.Equal("up", Text(await fixture.AskAsync("/query", """{"prompt":"!echo x","model":"dead"}"""), "provider"));
        using var response = await fixture.Client.PostAsync("/query", Json.Content("""{"prompt":"!echo x","provider":"dead"}"""));
        await ProblemAssert.IsAsync(response, 503, "upstream_unavailable");
        Assert.Contains("up/sim-fast:provider", response.Headers.GetValues("x-llm-gateway-route").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ALargeAnswer_IsWhole()
    {
        var words = string.Join(' ', Enumerable.Repeat("wörd", 80_000));
        var answer = await fixture.AskAsync("/query", $$"""{"prompt":"!echo {{words}}","model":"up/sim-fast"}""");
        Assert.Equal(words, Text(answer, "response"));
        Assert.Equal("stop", Text(answer, "finish_reason"));
        Assert.True(answer.GetProperty("tokens_used").GetInt64() > 80_000);
    }

    [Theory]
    [InlineData("status-code-500", 502, "upstream_error")]
    [InlineData("status-code-429-retry-7", 429, "upstream_rate_limited")]
    [InlineData("status-code-418", 418, null)]
    [InlineData("malformed-after-3", 502, "upstream_invalid_response")]
    [InlineData("dead-and-gone", 404, "model_not_found")]
    public async Task AFailure_IsAProblem(string model, int status, string? code)
    {
        using var response = await fixture.Client.PostAsync("/query", Json.Content($$"""{"prompt":"x","model":"{{model}}"}"""));
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(code ?? Json.Parse(text).GetProperty("code").GetString(), Json.Parse(text).GetProperty("code").GetString());
        Assert.Equal(status == 429, response.Headers.RetryAfter is not null);
    }

    [Theory]
    [InlineData("{", "invalid_json", null)]
    [InlineData("[]", "invalid_type", null)]
    [InlineData("{}", "missing_required_parameter", "prompt")]
    [InlineData("""{"prompt":null}""", "missing_required_parameter", "prompt")]
    [InlineData("""{"prompt":" "}""", "empty_string", "prompt")]
    [InlineData("""{"prompt":""}""", "empty_string", "prompt")]
    [InlineData("""{"prompt":5}""", "invalid_type", "prompt")]
    [InlineData("""{"prompt":["x"]}""", "invalid_type", "prompt")]
    [InlineData("""{"prompt":"x","prompt":"y"}""", "duplicate_parameter", "prompt")]
    [InlineData("""{"prompt":"x","context":{}}""", "invalid_type", "context")]
    [InlineData("""{"prompt":"x","model":5}""", "invalid_type", "model")]
    [InlineData("""{"prompt":"x","provider":true}""", "invalid_type", "provider")]
    [InlineData("""{"prompt":"x","provider":"nobody"}""", "invalid_value", "provider")]
    [InlineData("""{"prompt":"x","temperature":"hot"}""", "invalid_type", "temperature")]
    [InlineData("""{"prompt":"x","temperature":2.5}""", "decimal_above_max_value", "temperature")]
    [InlineData("""{"prompt":"x","max_tokens":0}""", "integer_below_min_value", "max_tokens")]
    [InlineData("""{"prompt":"x","max_tokens":1.5}""", "invalid_type", "max_tokens")]
    [InlineData("""{"prompt":"x","user_id":7}""", "invalid_type", "user_id")]
    [InlineData("""{"prompt":"x","force_refresh":"yes"}""", "invalid_type", "force_refresh")]
    [InlineData("""{"prompt":"x","max_token":5}""", "unknown_parameter", "max_token")]
    [InlineData("""{"prompt":"\ud83d"}""", "invalid_json", null)]
    public async Task AMistake_IsTold_WithItsField(string body, string code, string? param)
    {
        foreach (var path in new[] { "/query", "/stream" })
        {
            using var response = await fixture.Client.PostAsync(path, Json.Content(body));
            await ProblemAssert.IsAsync(response, 400, code, param);
        }
    }

    [Fact]
    public async Task AProviderWithoutAChatModel_SaysSo()
    {
        using var response = await fixture.Client.PostAsync("/query", Json.Content("""{"prompt":"x","provider":"empty"}"""));
        var problem = await ProblemAssert.IsAsync(response, 404, "model_not_found", "provider");
        Assert.Contains("chat", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_GiveTheirMemoryBack()
    {
        await using var gateway = await TestGateway.StartAsync(fixture.Simulator.BaseAddress + "v1", ("Server:MaxBufferedRequestBytes", "4096"));
        var prompt = new string('x', 1000);
        for (var i = 0; i < 20; i++)
        {
            using var answer = await gateway.Client.PostAsync("/query", Json.Content($$"""{"prompt":"{{prompt}}","model":"sim-fast","max_tokens":1}"""));
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            using var refused = await gateway.Client.PostAsync("/query", Json.Content($$"""{"prompt":"{{prompt}}","provider":"nobody"}"""));
            Assert.Equal(400, (int)refused.StatusCode);
        }
    }

    [Fact]
    public async Task EdgeErrors_AreProblemsToo()
    {
        using var text = await fixture.Client.PostAsync("/query", new StringContent("x"));
        await ProblemAssert.IsAsync(text, 415, "unsupported_content_type");
        using var deep = await fixture.Client.PostAsync("/query", Json.Content("{\"x\":" + new string('[', 70) + new string(']', 70) + "}"));
        await ProblemAssert.IsAsync(deep, 400, "json_too_deep");
        using var wrongMethod = await fixture.Client.GetAsync("/query");
        await ProblemAssert.IsAsync(wrongMethod, 405, "method_not_supported");
        using var anonymous = fixture.Gateway.NewClient(null);
        using var noKey = await anonymous.PostAsync("/query", Json.Content("""{"prompt":"x"}"""));
        await ProblemAssert.IsAsync(noKey, 401, "missing_api_key");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/query") { Content = Json.Content("""{"prompt":"x"}""") };
        request.Headers.Add("x-llm-gateway-priority", "asap");
        using var misdirected = await fixture.Client.SendAsync(request);
        await ProblemAssert.IsAsync(misdirected, 400, "invalid_value", "x-llm-gateway-priority");
    }

    private static string? Text(JsonElement answer, string name) => answer.GetProperty(name).GetString();
}

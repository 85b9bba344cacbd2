using System.Net.Http.Json;
using LlmGateway.TestSupport.Telemetry;

namespace LlmGateway.FunctionalTests.Telemetry;

/// <summary>What a collector sees of a request: one trace from the client through the gateway to the provider.</summary>
public class TraceTests
{
    private const int ServerKind = 2;
    private const int ClientKind = 3;
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string ClientSpan = "b7ad6b7169203331";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ATrace_SpansClientGatewayAndProvider_WithGenAIAttributes(bool stream)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var gateway = await GatewayProcess.StartAsync(receiver.Environment);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = JsonContent.Create(new { model = "sim-small", stream, max_tokens = 20, messages = new[] { new { role = "user", content = "Hello" } } }),
        };
        request.Headers.Add("traceparent", $"00-{TraceId}-{ClientSpan}-01");
        request.Headers.Add("x-request-id", "req-of-the-test");
        using var answer = await gateway.Client.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        await answer.Content.ReadAsStringAsync();

        var spans = (await receiver.WaitForSpansAsync(all => all.Count(s => s.TraceId == TraceId) >= 3)).Where(s => s.TraceId == TraceId).ToArray();
        var server = Assert.Single(spans, s => s.Kind == ServerKind);
        Assert.Equal("LlmGateway.Api", server.Service);
        Assert.Equal(ClientSpan, server.ParentSpanId);
        Assert.Equal("POST /v1/chat/completions", server.Name);
        Assert.Equal("POST", server.Attributes["http.request.method"]);
        Assert.Equal("/v1/chat/completions", server.Attributes["http.route"]);
        Assert.Equal("/v1/chat/completions", server.Attributes["url.path"]);
        Assert.Equal("http", server.Attributes["url.scheme"]);
        Assert.Equal("127.0.0.1", server.Attributes["server.address"]);
        Assert.Equal("1.1", server.Attributes["network.protocol.version"]);
        Assert.Equal("200", server.Attributes["http.response.status_code"]);
        Assert.Equal("req-of-the-test", server.Attributes["llm_gateway.request.id"]);

        var model = Assert.Single(spans, s => s.Scope == "LlmGateway");
        Assert.Equal(server.SpanId, model.ParentSpanId);
        Assert.Equal("chat sim-small", model.Name);
        Assert.Equal(ClientKind, model.Kind);
        Assert.Equal("chat", model.Attributes["gen_ai.operation.name"]);
        Assert.Equal("sim-small", model.Attributes["gen_ai.request.model"]);
        Assert.Equal("sim-small", model.Attributes["gen_ai.response.model"]);
        Assert.Equal("sim", model.Attributes["gen_ai.provider.name"]);
        Assert.Equal("20", model.Attributes["gen_ai.request.max_tokens"]);
        Assert.True(long.Parse(model.Attributes["gen_ai.usage.input_tokens"], System.Globalization.CultureInfo.InvariantCulture) > 0);
        Assert.True(long.Parse(model.Attributes["gen_ai.usage.output_tokens"], System.Globalization.CultureInfo.InvariantCulture) > 0);
        Assert.Contains(model.Attributes["gen_ai.response.finish_reasons"], new[] { "stop", "length" });
        Assert.Equal("test", model.Attributes["llm_gateway.key.id"]);

        var upstream = Assert.Single(spans, s => s.Scope == "System.Net.Http");
        Assert.Equal(model.SpanId, upstream.ParentSpanId);
        // The provider saw the trace go on under the span that called it.
        Assert.Contains(gateway.Simulator.Requests, seen =>
            seen.Headers.Any(h => h.Key.Equals("traceparent", StringComparison.OrdinalIgnoreCase) && h.Value == $"00-{TraceId}-{upstream.SpanId}-01"));
        Assert.DoesNotContain(spans.SelectMany(s => s.Attributes.Values), value => value.Contains("sk-test", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AFailedRequest_IsAnErrorInItsSpans()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var gateway = await GatewayProcess.StartAsync(receiver.Environment);
        gateway.Simulator.Faults.Set("*", "status;code=500");

        using var answer = await gateway.Client.PostAsJsonAsync("/v1/chat/completions", new { model = "sim-small", messages = new[] { new { role = "user", content = "Hello" } } });
        Assert.Equal(502, (int)answer.StatusCode);

        var spans = await receiver.WaitForSpansAsync(all => all.Any(s => s.Name == "chat sim-small") && all.Any(s => s.Name == "POST /v1/chat/completions"));
        Assert.Equal("upstream_error", spans.First(s => s.Name == "chat sim-small").Attributes["error.type"]);
        Assert.Equal("502", spans.First(s => s.Name == "POST /v1/chat/completions").Attributes["error.type"]);
    }

    [Fact]
    public async Task MetricsAndLogs_ArriveToo()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var gateway = await GatewayProcess.StartAsync(receiver.Environment);
        using var answer = await gateway.Client.PostAsJsonAsync("/v1/chat/completions", new { model = "sim-small", messages = new[] { new { role = "user", content = "Hello" } } });
        answer.EnsureSuccessStatusCode();

        await receiver.WaitForMetricsAsync(names => names.Contains("gen_ai.client.operation.duration") && names.Contains("http.server.request.duration"));
        var logs = await receiver.WaitForLogsAsync(all => all.Any(l => l.Body.Contains("Now listening on", StringComparison.Ordinal)));
        Assert.All(logs, log => Assert.Equal("LlmGateway.Api", log.Service));
    }
}

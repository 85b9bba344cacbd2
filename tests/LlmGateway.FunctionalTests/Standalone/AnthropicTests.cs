using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using LlmGateway.Simulator;
using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Standalone;

/// <summary>A gateway with nothing but Anthropic's key and address in its environment, before a Simulator that speaks Anthropic's wire.</summary>
public sealed partial class AnthropicTests : IAsyncLifetime
{
    private const string UpstreamKey = "sk-ant-key-of-a-test";

    private readonly string _data = Directory.CreateTempSubdirectory("llmgateway-anthropic-").FullName;
    private SimulatorServer _upstream = null!;
    private ServiceProcess _gateway = null!;
    private string _address = "";
    private string _key = "";

    public async Task InitializeAsync()
    {
        _upstream = await SimulatorServer.StartAsync(new SimulatorOptions { ApiKeys = [UpstreamKey] });
        _gateway = new ServiceProcess("LlmGateway.Standalone", ["--urls", "http://127.0.0.1:0"], new Dictionary<string, string>
        {
            ["Standalone__DataDirectory"] = _data,
            // Nothing listens there, so that an Ollama on the machine does not take part.
            ["OLLAMA_BASE_URL"] = "http://127.0.0.1:9",
            ["ANTHROPIC_API_KEY"] = UpstreamKey,
            ["ANTHROPIC_BASE_URL"] = _upstream.BaseAddress.ToString(),
            // One fault after the other, more than a target may have before it is left alone.
            ["LLM_GATEWAY__Routing__CircuitBreaker__Enabled"] = "false",
        });
        var output = await _gateway.WaitForOutputAsync(text => text.Contains("Stop with Ctrl+C.", StringComparison.Ordinal));
        _address = ReadyLine().Match(output).Groups[1].Value;
        _key = (await File.ReadAllTextAsync(Path.Combine(_data, "api-key"))).Trim();
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task OfficialOpenAIClient_ReachesAnthropicsModels()
    {
        Assert.Contains("anthropic (real, ", _gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("SIMULATED", _gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(UpstreamKey, _gateway.Output, StringComparison.Ordinal);

        var output = await NodeRunner.RunAsync("gateway-client.mjs", [_address + "/v1", _key, "anthropic"]);
        Assert.Contains("passed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StreamThatBreaksOff_EndsWithAnErrorAndWithoutDone()
    {
        using var http = new HttpClient { BaseAddress = new Uri(_address) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _key);
        (string Fault, string Code)[] faults =
        [
            ("cut;after=6", "upstream_interrupted"), ("end;after=6", "upstream_interrupted"), ("reset;after=6", "upstream_interrupted"),
            ("truncate;after=6", "upstream_invalid_response"), ("malformed;after=6", "upstream_invalid_response"), ("error-event;after=6", "upstream_error"),
            ("no-done", "upstream_interrupted"), ("no-finish", "upstream_invalid_response"),
        ];
        foreach (var (fault, code) in faults)
        {
            _upstream.Faults.Set("sim-small", fault);
            var body = await StreamAsync(http);
            Assert.True(body.StartsWith("data: {\"id\":\"chatcmpl-", StringComparison.Ordinal), $"{fault}: {body}");
            Assert.True(body.Contains($"\"code\":\"{code}\"", StringComparison.Ordinal), $"{fault}: {body}");
            Assert.DoesNotContain("[DONE]", body, StringComparison.Ordinal);
            Assert.DoesNotContain("\"finish_reason\":\"", body, StringComparison.Ordinal);
        }

        _upstream.Faults.Set("sim-small", "split,crlf");
        var whole = await StreamAsync(http);
        Assert.EndsWith("data: [DONE]\n\n", whole, StringComparison.Ordinal);
        Assert.Contains("😀", whole, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OverloadedProvider_IsUnavailable_WithItsRetryAfter()
    {
        using var http = new HttpClient { BaseAddress = new Uri(_address) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _key);
        _upstream.Faults.Set("sim-small", "status;code=529;retry=7");

        using var response = await http.PostAsync("/v1/chat/completions", Ask());

        Assert.Equal(503, (int)response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(7), response.Headers.RetryAfter?.Delta);
        Assert.Contains("\"code\":\"upstream_unavailable\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<string> StreamAsync(HttpClient http)
    {
        using var response = await http.PostAsync("/v1/chat/completions", Ask());
        Assert.Equal(200, (int)response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    private static StringContent Ask() => new(
        """{"model":"sim-small","stream":true,"messages":[{"role":"user","content":"!echo one two 😀 three four"}]}""", Encoding.UTF8, "application/json");

    [GeneratedRegex(@"LlmGateway is ready: (http://\S+)/v1")]
    private static partial Regex ReadyLine();
}

using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace LlmGateway.FunctionalTests.Telemetry;

public class MetricsTests
{
    private static readonly Dictionary<string, string> NoExport = [];

    [Fact]
    public async Task Metrics_HaveTheirNames_AndPrometheusAcceptsThem()
    {
        await using var gateway = await GatewayProcess.StartAsync(NoExport);
        foreach (var stream in new[] { false, true })
        {
            using var answer = await gateway.Client.PostAsJsonAsync(
                "/v1/chat/completions", new { model = "local/sim-small:latest", stream, messages = new[] { new { role = "user", content = "Hello" } } });
            answer.EnsureSuccessStatusCode();
            await answer.Content.ReadAsStringAsync();
        }

        using var failed = await gateway.Client.PostAsJsonAsync("/v1/chat/completions", new { model = "nowhere", messages = new[] { new { role = "user", content = "Hello" } } });
        Assert.Equal(404, (int)failed.StatusCode);

        using var scraper = new HttpClient { BaseAddress = gateway.Client.BaseAddress };
        using var page = await scraper.GetAsync("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", page.Content.Headers.ContentType!.ToString());
        var text = await page.Content.ReadAsStringAsync();

        Assert.Contains("llm_gateway_request_duration_seconds_count{model=\"sim-small:latest\",operation=\"chat\",provider=\"local\",status=\"success\"} 2", text, StringComparison.Ordinal);
        Assert.Contains("llm_gateway_request_duration_seconds_count{model=\"none\",operation=\"chat\",provider=\"none\",status=\"model_not_found\"} 1", text, StringComparison.Ordinal);
        Assert.Contains("llm_gateway_ollama_requests_total{model=\"sim-small:latest\",provider=\"local\"} 2", text, StringComparison.Ordinal);
        Assert.Contains("llm_gateway_active_connections 2\n", text, StringComparison.Ordinal);
        Assert.Contains("http_server_request_duration_seconds_count{http_request_method=\"POST\",http_response_status_code=\"200\",http_route=\"/v1/chat/completions\"} 2", text, StringComparison.Ordinal);
        Assert.Contains("gen_ai_client_token_usage", text, StringComparison.Ordinal);
        Assert.Contains("service_name=\"LlmGateway.Api\"", text, StringComparison.Ordinal);
        // What a client invents is no label, and who asks is none either.
        Assert.DoesNotContain("nowhere", text, StringComparison.Ordinal);
        Assert.DoesNotContain("=\"test\"", text, StringComparison.Ordinal);
        Assert.Equal((0, ""), await PromtoolAsync(text));
    }

    [Fact]
    public async Task Logs_AreJsonLines_OutsideDevelopment()
    {
        await using var gateway = await GatewayProcess.StartAsync(NoExport);

        Assert.Equal(0, await gateway.StopAsync());

        var lines = gateway.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.Equal(JsonValueKind.String, JsonDocument.Parse(line).RootElement.GetProperty("message").ValueKind));
    }

    /// <summary>Prometheus's own judge of an exposition page: exit code and what it complains about.</summary>
    private static async Task<(int ExitCode, string Complaints)> PromtoolAsync(string page)
    {
        using var promtool = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true })!;
        var complaints = promtool.StandardError.ReadToEndAsync();
        await promtool.StandardInput.WriteAsync(page);
        promtool.StandardInput.Close();
        await promtool.WaitForExitAsync();
        return (promtool.ExitCode, await complaints);
    }
}

using System.Globalization;
using LlmGateway.Bench.Servers;

namespace LlmGateway.Bench.Measuring;

/// <summary>One run of wrk: throughput per second, times in microseconds, CPU of the server per request in microseconds.</summary>
internal sealed record WrkResult(double Requests, double Throughput, double P50, double P99, double CpuPerRequest, double Errors);

/// <summary>HTTP load with `wrk`, one thread: the load client takes no more than one of the cores.</summary>
internal static class Wrk
{
    public static async Task<WrkResult> RunAsync(
        Workplace workplace, ServerProcess server, string request, int connections, double seconds, CancellationToken cancelled, string path = "/v1/chat/completions")
    {
        var cpu = server.Figures.CpuSeconds();
        var script = Path.Combine(workplace.Repository, "bench", "scripts", "chat.lua");
        var wholeSeconds = Math.Max(1, (int)Math.Ceiling(seconds)).ToString(CultureInfo.InvariantCulture);
        var json = await Tool.RunAsync(
            "wrk",
            ["-t1", $"-c{connections}", $"-d{wholeSeconds}s", "--timeout", "20s", "--latency", "-s", script, $"http://127.0.0.1:{server.Port}"],
            [new("BENCH_PATH", path), new("BENCH_BODY", request), new("BENCH_HEADERS", string.Join('|', server.Launch.Headers))],
            "BENCH ",
            cancelled);
        var requests = json.GetProperty("requests").GetDouble();
        return new WrkResult(
            requests,
            requests / json.GetProperty("seconds").GetDouble(),
            json.GetProperty("p50_us").GetDouble(),
            json.GetProperty("p99_us").GetDouble(),
            (server.Figures.CpuSeconds() - cpu) * 1e6 / Math.Max(1, requests),
            json.GetProperty("bad_status").GetDouble() + json.GetProperty("broken").GetDouble() + json.GetProperty("timeouts").GetDouble());
    }
}

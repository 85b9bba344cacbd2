using LlmGateway.Bench.Measuring;
using LlmGateway.Bench.Reporting;
using LlmGateway.Bench.Servers;

namespace LlmGateway.Bench.Cases;

/// <summary>Resident memory of a fresh process after many requests, and after many more: it must not creep.</summary>
internal static class MemoryCase
{
    private const int Connections = 32;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(Bench bench, CancellationToken cancelled)
    {
        var narrowed = bench with { Servers = [.. bench.Servers.Where(name => name is "floor" or "gateway")] };
        var upstream = Nginx.StaticText(bench.Workplace, bench.Payloads.SmallAnswer);
        await using var set = await ServerSet.StartAsync(narrowed, upstream, bench.Payloads.SmallRequest, cancelled);
        foreach (var server in set.Servers.Where(server => server.Name != "direct"))
        {
            var first = await RunUntilAsync(bench, server, 0, bench.Options.MemoryFirst, cancelled);
            var last = await RunUntilAsync(bench, server, first.Requests, bench.Options.MemoryLast, cancelled);
            Bench.Say($"  memory {server.Name}: {first.Memory / 1e6:F1} MB after {first.Requests:F0}, {last.Memory / 1e6:F1} MB after {last.Requests:F0}");
            bench.Samples.Add(Figures.Memory, Figures.MemoryAtFirst, server.Name, first.Memory / 1e6);
            bench.Samples.Add(Figures.Memory, Figures.MemoryAtLast, server.Name, last.Memory / 1e6);
            bench.Samples.Add(Figures.Memory, Figures.Growth, server.Name, (double)last.Memory / first.Memory);
        }
    }

    private static async Task<(double Requests, long Memory)> RunUntilAsync(
        Bench bench, ServerProcess server, double requests, int mark, CancellationToken cancelled)
    {
        // wrk runs for a time, not for a number of requests: slices, the last as long as the rest needs at the rate seen.
        for (double rate = 0; requests < mark;)
        {
            var seconds = rate == 0 ? 1 : Math.Min(5, (mark - requests) / rate);
            var result = await Wrk.RunAsync(bench.Workplace, server, bench.Payloads.SmallRequest, Connections, seconds, cancelled);
            if (result.Errors > 0)
            {
                throw new BenchException($"memory: {result.Errors} of {result.Requests} requests to {server.Name} failed.");
            }

            requests += result.Requests;
            rate = result.Throughput;
        }

        await Task.Delay(Settle, cancelled);
        return (requests, server.Figures.Memory());
    }
}

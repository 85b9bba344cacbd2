using LlmGateway.Bench.Measuring;
using LlmGateway.Bench.Reporting;
using LlmGateway.Bench.Servers;

namespace LlmGateway.Bench.Cases;

/// <summary>Chat requests that are answered with one JSON body, under `wrk`.</summary>
internal static class JsonCase
{
    private const int Many = 32;
    private const int WarmRequests = 80_000;
    private const int MostWarmSlices = 3;

    public static Task SmallAsync(Bench bench, CancellationToken cancelled) => RunAsync(
        bench,
        Nginx.StaticText(bench.Workplace, bench.Payloads.SmallAnswer),
        bench.Payloads.SmallRequest,
        [(Figures.JsonMany, Many), (Figures.JsonOne, 1)],
        cancelled);

    public static Task PromptAsync(Bench bench, CancellationToken cancelled) => RunAsync(
        bench, Nginx.StaticText(bench.Workplace, bench.Payloads.SmallAnswer), bench.Payloads.LongRequest, [(Figures.Prompt, Many)], cancelled);

    public static Task AnswerAsync(Bench bench, CancellationToken cancelled) => RunAsync(
        bench, Nginx.StaticFile(bench.Workplace, bench.Payloads.LargeAnswer), bench.Payloads.SmallRequest, [(Figures.Answer, Many)], cancelled);

    private static async Task RunAsync(
        Bench bench, Launch upstream, string request, IReadOnlyList<(string Case, int Connections)> parts, CancellationToken cancelled)
    {
        await using var set = await ServerSet.StartAsync(bench, upstream, request, cancelled);
        foreach (var server in set.Servers)
        {
            await WarmAsync(bench, server, request, cancelled);
        }

        foreach (var (testCase, connections) in parts)
        {
            var rounds = await Rounds.RunAsync(testCase, bench.Options.Repetitions, set, async server =>
            {
                var result = await Wrk.RunAsync(bench.Workplace, server, request, connections, bench.Options.Seconds, cancelled);
                return Check(testCase, server.Name, result);
            });
            bench.Samples.Add(testCase, rounds);
        }
    }

    /// <summary>On a busy machine the JIT's background thread falls behind: then .NET servers are warmed for longer.</summary>
    private static async Task WarmAsync(Bench bench, ServerProcess server, string request, CancellationToken cancelled)
    {
        Bench.Say($"  warming {server.Name}");
        double requests = 0;
        for (var slice = 0; slice == 0 || (server.IsDotnet && requests < WarmRequests && slice < MostWarmSlices); slice++)
        {
            requests += (await Wrk.RunAsync(bench.Workplace, server, request, Many, bench.Options.WarmSeconds, cancelled)).Requests;
        }
    }

    private static Dictionary<string, double> Check(string testCase, string server, WrkResult result)
    {
        if (result.Errors > 0)
        {
            throw new BenchException($"{testCase}: {result.Errors} of {result.Requests} requests to {server} failed; the figures mean nothing.");
        }

        Bench.Say(FormattableString.Invariant($"    {server}: {result.Throughput:F0}/s, CPU {result.CpuPerRequest:F1} µs"));
        if (result.Requests == 0)
        {
            // Too slow for the length of a round: there is no time and no CPU per request.
            return new Dictionary<string, double> { [Figures.Throughput] = 0 };
        }

        return new Dictionary<string, double>
        {
            [Figures.Throughput] = result.Throughput,
            [Figures.P50] = result.P50 / 1000,
            [Figures.P99] = result.P99 / 1000,
            [Figures.Cpu] = result.CpuPerRequest,
        };
    }
}

using System.Globalization;
using System.Text.Json;
using LlmGateway.Bench.Measuring;
using LlmGateway.Bench.Reporting;
using LlmGateway.Bench.Servers;

namespace LlmGateway.Bench.Cases;

/// <summary>Many SSE streams at once, five chunks a second each, every one of them checked to its end.</summary>
internal static class StreamCase
{
    private const int ChunkInterval = 200;
    private const int Ramp = 3000;
    private const string Direct = "direct";
    private static readonly HashSet<string> Times = [Figures.FirstP50, Figures.FirstP99, Figures.DelayP50, Figures.DelayP99];

    public static async Task RunAsync(Bench bench, CancellationToken cancelled)
    {
        var options = bench.Options;
        await using var set = await ServerSet.StartAsync(bench, Launches.PacedUpstream(bench.Workplace), bench.Payloads.SmallRequest, cancelled);
        foreach (var server in set.Servers)
        {
            Bench.Say($"  warming {server.Name}");
            await LoadAsync(bench, server, streams: 200, chunks: 60 * options.WarmSeconds / 2, interval: 30, ramp: 500, cancelled);
        }

        var idle = set.Servers.ToDictionary(server => server.Name, server => server.Figures.Memory());
        var rounds = await Rounds.RunAsync(Figures.Stream, options.StreamRepetitions, set, server => MeasureAsync(bench, server, idle[server.Name], cancelled));
        bench.Samples.Add(Figures.Stream, [.. rounds.Select(AgainstDirect)]);
    }

    private static async Task<IReadOnlyDictionary<string, double>> MeasureAsync(Bench bench, ServerProcess server, long idle, CancellationToken cancelled)
    {
        var options = bench.Options;
        server.Figures.ResetPeak();
        var cpu = server.Figures.CpuSeconds();
        var result = await LoadAsync(bench, server, options.Streams, options.StreamSeconds * 1000 / ChunkInterval, ChunkInterval, Ramp, cancelled);
        cpu = server.Figures.CpuSeconds() - cpu;
        var peak = server.Figures.PeakMemory();
        Bench.Say($"    {server.Name}: {result}");
        return new Dictionary<string, double>
        {
            [Figures.Broken] = Value(result, "streams") - Value(result, "complete"),
            [Figures.FirstP50] = Value(result, "first_p50") / 1000,
            [Figures.FirstP99] = Value(result, "first_p99") / 1000,
            [Figures.DelayP50] = Value(result, "delay_p50") / 1000,
            [Figures.DelayP99] = Value(result, "delay_p99") / 1000,
            [Figures.CpuPerChunk] = cpu * 1e6 / Math.Max(1, Value(result, "chunks")),
            [Figures.PeakMemory] = peak / 1e6,
            [Figures.MemoryPerStream] = (peak - idle) / 1e3 / options.Streams,
        };
    }

    /// <summary>Times become what the server adds to the same round's direct streams.</summary>
    private static Round AgainstDirect(Round round)
    {
        var direct = round.Figures[Direct];
        return round with
        {
            Figures = round.Figures.Where(pair => pair.Key != Direct).ToDictionary(
                pair => pair.Key,
                pair => (IReadOnlyDictionary<string, double>)pair.Value.ToDictionary(
                    figure => figure.Key,
                    figure => Times.Contains(figure.Key) ? figure.Value - direct[figure.Key] : figure.Value)),
        };
    }

    private static Task<JsonElement> LoadAsync(
        Bench bench, ServerProcess server, int streams, int chunks, int interval, int ramp, CancellationToken cancelled)
    {
        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
        return Tool.RunAsync(
            "dotnet",
            [
                bench.Workplace.BenchProgram("StreamLoad"), "--port", Text(server.Port), "--streams", Text(streams), "--chunks", Text(chunks),
                "--interval", Text(interval), "--ramp", Text(ramp), "--grace", "30", "--headers", string.Join('|', server.Launch.Headers),
            ],
            [],
            "{",
            cancelled);
    }

    private static double Value(JsonElement result, string name) => result.GetProperty(name).GetDouble();
}

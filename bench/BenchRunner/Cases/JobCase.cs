using System.Globalization;
using LlmGateway.Bench.Measuring;
using LlmGateway.Bench.Reporting;
using LlmGateway.Bench.Servers;

namespace LlmGateway.Bench.Cases;

/// <summary>Submissions of jobs, with no worker to take them, to an empty queue and to a long one; and what a claim costs in both.</summary>
internal static class JobCase
{
    private const string Gateway = "gateway";
    private const string Direct = "direct";
    private const string JobsPath = "/v1/chat/jobs";
    private const int Waiting = 100_000;
    private const int Connections = 16;
    private const int Rate = 300;
    private const int WarmRequests = 15_000;
    private const int MostWarmSlices = 3;
    private const int WarmClaims = 50;
    private const int Claims = 300;

    public static async Task RunAsync(Bench bench, CancellationToken cancelled)
    {
        if (!bench.Servers.Contains(Gateway))
        {
            return;
        }

        await using var servers = await PrivateServers.StartAsync(bench.Workplace, cancelled);
        var request = bench.Payloads.SmallRequest;
        var upstream = Nginx.StaticText(bench.Workplace, bench.Payloads.SmallAnswer);
        await using var answers = await ServerProcess.StartAsync(bench.Workplace, upstream, request, cancelled);
        await using var gateway = await ServerProcess.StartAsync(bench.Workplace, Launches.JobGateway(bench.Workplace, upstream.Port, servers), request, cancelled);
        using var database = new JobDatabase(servers.Database, await File.ReadAllBytesAsync(request, cancelled));
        var round = new JobRound(bench, answers, gateway, database);
        await round.WarmAsync(cancelled);
        var rounds = await Rounds.RunAsync(
            "jobs",
            bench.Options.JobRepetitions,
            new OtherLoad([servers.CpuSeconds, answers.Figures.CpuSeconds, gateway.Figures.CpuSeconds]),
            [Figures.JobsEmpty, Figures.JobsWaiting],
            turn => round.MeasureAsync(turn, turn == Figures.JobsEmpty ? 0 : Waiting, cancelled));
        foreach (var turn in new[] { Figures.JobsEmpty, Figures.JobsWaiting })
        {
            bench.Samples.Add(turn, [.. rounds.Select(one => one with { Figures = ByServer(one, turn) })]);
        }
    }

    /// <summary>One of the two queues; the long one also against the empty one of the same round.</summary>
    private static Dictionary<string, IReadOnlyDictionary<string, double>> ByServer(Round round, string turn)
    {
        var figures = round.Figures[turn].Where(figure => figure.Key is not (Figures.DirectP50 or Figures.DirectP99)).ToDictionary();
        if (turn == Figures.JobsWaiting)
        {
            var empty = round.Figures[Figures.JobsEmpty];
            figures[Figures.AgainstEmpty] = figures[Figures.Submissions] / empty[Figures.Submissions];
            figures[Figures.ClaimAgainstEmpty] = figures[Figures.ClaimP50] / empty[Figures.ClaimP50];
        }

        var direct = new Dictionary<string, double>
        {
            [Figures.PacedP50] = round.Figures[turn][Figures.DirectP50],
            [Figures.PacedP99] = round.Figures[turn][Figures.DirectP99],
        };
        return new() { [Direct] = direct, [Gateway] = figures };
    }

    private sealed class JobRound(Bench bench, ServerProcess answers, ServerProcess gateway, JobDatabase database)
    {
        private readonly string _request = bench.Payloads.SmallRequest;

        public async Task WarmAsync(CancellationToken cancelled)
        {
            Bench.Say("  warming gateway");
            double requests = 0;
            for (var slice = 0; slice == 0 || (requests < WarmRequests && slice < MostWarmSlices); slice++)
            {
                requests += (await SubmitAsync(bench.Options.WarmSeconds, cancelled)).Requests;
            }

            await database.ClaimAsync(Claims, cancelled);
        }

        public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(string name, int waiting, CancellationToken cancelled)
        {
            // A claim needs something to claim, so the queue is almost empty for it.
            await database.FillAsync(Math.Max(waiting, WarmClaims + Claims), cancelled);
            await database.ClaimAsync(WarmClaims, cancelled);
            var claims = await database.ClaimAsync(Claims, cancelled);
            await database.FillAsync(waiting, cancelled);
            var direct = await PaceAsync(name, answers, 200, cancelled);
            var paced = await PaceAsync(name, gateway, 202, cancelled);
            var submitted = await SubmitAsync(bench.Options.Seconds, cancelled);
            var figures = new Dictionary<string, double>
            {
                [Figures.Submissions] = submitted.Throughput,
                [Figures.P50] = submitted.P50 / 1000,
                [Figures.P99] = submitted.P99 / 1000,
                [Figures.Cpu] = submitted.CpuPerRequest,
                [Figures.PacedP50] = paced.P50 / 1000,
                [Figures.PacedP99] = paced.P99 / 1000,
                [Figures.DirectP50] = direct.P50 / 1000,
                [Figures.DirectP99] = direct.P99 / 1000,
                [Figures.ClaimP50] = claims[claims.Length / 2],
                [Figures.ClaimP99] = claims[claims.Length * 99 / 100],
                [Figures.Resident] = gateway.Figures.Memory() / 1e6,
            };
            Bench.Say($"    {name}: {string.Join(", ", figures.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value:0.##}")))}");
            return figures;
        }

        private async Task<WrkResult> SubmitAsync(double seconds, CancellationToken cancelled)
        {
            var result = await Wrk.RunAsync(bench.Workplace, gateway, _request, Connections, seconds, cancelled, JobsPath);
            return result.Errors == 0 && result.Requests > 0
                ? result
                : throw new BenchException($"jobs: {result.Errors} of {result.Requests} submissions failed; the figures mean nothing.");
        }

        private async Task<(double P50, double P99)> PaceAsync(string name, ServerProcess server, int status, CancellationToken cancelled)
        {
            static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
            var result = await Tool.RunAsync(
                "dotnet",
                [
                    bench.Workplace.BenchProgram("RateLoad"), "--port", Text(server.Port), "--path", JobsPath, "--body", _request, "--status", Text(status),
                    "--rate", Text(Rate), "--seconds", Text(bench.Options.JobSeconds), "--headers", string.Join('|', server.Launch.Headers),
                ],
                [],
                "{",
                cancelled);
            return result.GetProperty("failed").GetInt32() == 0
                ? (result.GetProperty("p50_us").GetDouble(), result.GetProperty("p99_us").GetDouble())
                : throw new BenchException($"{name}: {server.Name} did not take every request: {result}");
        }
    }
}

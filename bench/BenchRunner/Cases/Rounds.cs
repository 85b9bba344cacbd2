using LlmGateway.Bench.Measuring;
using LlmGateway.Bench.Servers;

namespace LlmGateway.Bench.Cases;

/// <summary>One interleaved round: each server measured once, one after another.</summary>
internal sealed record Round(double OtherLoad, IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Figures);

/// <summary>Runs rounds and keeps the quietest: rounds in which other programs used the cores are done again.</summary>
internal static class Rounds
{
    private const double QuietShare = 0.08;
    private const int MostExtra = 2;

    /// <returns>As many rounds as asked for, in the order they ran.</returns>
    public static Task<IReadOnlyList<Round>> RunAsync(
        string name,
        int wanted,
        ServerSet set,
        Func<ServerProcess, Task<IReadOnlyDictionary<string, double>>> measure) =>
        RunAsync(
            name,
            wanted,
            new OtherLoad([.. set.Servers.Select(server => (Func<double>)server.Figures.CpuSeconds)]),
            [.. set.Servers.Select(server => server.Name)],
            turn => measure(set.Servers.First(server => server.Name == turn)));

    /// <summary>The same for whatever is measured in <paramref name="turns"/>.</summary>
    public static async Task<IReadOnlyList<Round>> RunAsync(
        string name,
        int wanted,
        OtherLoad load,
        IReadOnlyList<string> turns,
        Func<string, Task<IReadOnlyDictionary<string, double>>> measure)
    {
        var rounds = new List<Round>();
        while (rounds.Count(round => round.OtherLoad < QuietShare) < wanted && rounds.Count < wanted * MostExtra)
        {
            var figures = new Dictionary<string, IReadOnlyDictionary<string, double>>();
            var worst = 0.0;
            foreach (var turn in turns)
            {
                load.Restart();
                figures[turn] = await measure(turn);
                worst = Math.Max(worst, load.Share());
            }

            rounds.Add(new Round(worst, figures));
            Bench.Say(FormattableString.Invariant($"  {name}: round {rounds.Count}, other programs took up to {worst:P0} of the cores"));
        }

        var loudest = rounds.OrderByDescending(round => round.OtherLoad).Take(Math.Max(0, rounds.Count - wanted)).ToHashSet();
        return [.. rounds.Where(round => !loudest.Contains(round))];
    }
}

using LlmGateway.Bench.Cases;

namespace LlmGateway.Bench.Reporting;

/// <summary>Everything measured: one value per case, figure, server and repetition, in the order of repetitions.</summary>
internal sealed class Samples
{
    private readonly Dictionary<(string Case, string Figure, string Server), List<double>> _values = [];
    private readonly List<double> _otherLoad = [];

    /// <summary>What other programs took of the cores in the rounds that count: median and worst, 0 to 1.</summary>
    public (double Median, double Worst) OtherLoad => _otherLoad.Count == 0 ? default : (Median(_otherLoad), _otherLoad.Max());

    public IEnumerable<KeyValuePair<(string Case, string Figure, string Server), List<double>>> All => _values;

    public void Add(string testCase, string figure, string server, double value)
    {
        var key = (testCase, figure, server);
        if (!_values.TryGetValue(key, out var list))
        {
            _values[key] = list = [];
        }

        list.Add(value);
    }

    public void Add(string testCase, IReadOnlyList<Round> rounds)
    {
        _otherLoad.AddRange(rounds.Select(round => round.OtherLoad));
        foreach (var (server, figures) in rounds.SelectMany(round => round.Figures))
        {
            foreach (var (figure, value) in figures)
            {
                Add(testCase, figure, server, value);
            }
        }
    }

    public double? Median(string testCase, string figure, string server) =>
        _values.TryGetValue((testCase, figure, server), out var values) ? Median(values) : null;

    /// <summary>The largest of all repetitions: what must never happen is not averaged away.</summary>
    public double? Worst(string testCase, string figure, string server) =>
        _values.TryGetValue((testCase, figure, server), out var values) ? values.Max() : null;

    /// <summary>
    /// One server's figure against another's. Repetitions are interleaved, so a ratio is taken within each repetition
    /// (what else the machine did then slowed both), and the median of those counts.
    /// On a busy machine an added time can come out below zero; against such a value nothing can be compared.
    /// </summary>
    public Ratio? Compare(string testCase, string figure, string server, string against)
    {
        if (!_values.TryGetValue((testCase, figure, server), out var upper) || !_values.TryGetValue((testCase, figure, against), out var lower))
        {
            return null;
        }

        var ratios = upper.Zip(lower, (a, b) => b > 0 ? a / b : double.NaN).Where(double.IsFinite).ToList();
        return ratios.Count == 0 ? null : new Ratio(Median(ratios), ratios.Min(), ratios.Max());
    }

    public static double Median(IReadOnlyCollection<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}

/// <summary>Median, smallest and largest of the repetitions' ratios.</summary>
internal sealed record Ratio(double Median, double Lowest, double Highest);

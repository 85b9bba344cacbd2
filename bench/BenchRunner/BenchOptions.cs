using System.Globalization;

namespace LlmGateway.Bench;

/// <summary>What to measure, and for how long. Read from the command line of <c>bench/run.sh</c>.</summary>
internal sealed class BenchOptions
{
    public static readonly IReadOnlyList<string> AllCases = ["json", "prompt", "answer", "stream", "memory", "jobs"];

    /// <summary>What is compared with a direct call, in the order of measurement.</summary>
    public static readonly IReadOnlyList<string> AllServers = ["nginx", "floor", "gateway", "portkey"];

    public bool Quick { get; private set; }

    public bool Check { get; private set; }

    public IReadOnlyList<string> Cases { get; private set; } = AllCases;

    public HashSet<string> Without { get; } = [];

    /// <summary>The gateway exports traces, metrics and logs, as in production.</summary>
    public bool Telemetry { get; private set; } = true;

    public int Repetitions { get; private set; } = 9;

    /// <summary>Length of one measurement.</summary>
    public int Seconds { get; private set; } = 2;

    /// <summary>Load on every server before anything is measured, so that tiered compilation has settled.</summary>
    public int WarmSeconds { get; private set; } = 8;

    public int Streams { get; private set; } = 2000;

    public int StreamSeconds { get; private set; } = 15;

    public int StreamRepetitions { get; private set; } = 3;

    public int MemoryFirst { get; private set; } = 100_000;

    public int MemoryLast { get; private set; } = 300_000;

    public int JobRepetitions { get; private set; } = 5;

    /// <summary>Length of a measurement at a fixed rate of submissions.</summary>
    public int JobSeconds { get; private set; } = 8;

    /// <exception cref="ArgumentException">An unknown option or a missing value.</exception>
    public static BenchOptions Parse(IReadOnlyList<string> args)
    {
        var options = new BenchOptions();
        if (args.Contains("--quick"))
        {
            options.UseQuickDefaults();
        }

        for (var i = 0; i < args.Count; i++)
        {
            switch (args[i])
            {
                case "--quick":
                    break;
                case "--check":
                    options.Check = true;
                    break;
                case "--cases":
                    options.Cases = Known(Value(args, ref i).Split(','), AllCases);
                    break;
                case "--without":
                    options.Without.UnionWith(Known(Value(args, ref i).Split(','), AllServers));
                    break;
                case "--no-telemetry":
                    options.Telemetry = false;
                    break;
                case "--repetitions":
                    options.Repetitions = options.StreamRepetitions = options.JobRepetitions = Number(args, ref i);
                    break;
                case "--seconds":
                    options.Seconds = Number(args, ref i);
                    break;
                case "--streams":
                    options.Streams = Number(args, ref i);
                    break;
                case "--stream-seconds":
                    options.StreamSeconds = Number(args, ref i);
                    break;
                default:
                    throw new ArgumentException($"Unknown option '{args[i]}'. See bench/README.md.");
            }
        }

        return options;
    }

    private void UseQuickDefaults()
    {
        Quick = true;
        Repetitions = 3;
        Seconds = 1;
        WarmSeconds = 5;
        Streams = 500;
        StreamSeconds = 6;
        StreamRepetitions = 2;
        MemoryFirst = 50_000;
        MemoryLast = 100_000;
        JobRepetitions = 2;
        JobSeconds = 3;
    }

    private static string[] Known(string[] names, IReadOnlyList<string> all) =>
        names.Except(all).FirstOrDefault() is { } unknown
            ? throw new ArgumentException($"Unknown name '{unknown}'; known are {string.Join(", ", all)}.")
            : names;

    private static string Value(IReadOnlyList<string> args, ref int index) =>
        ++index < args.Count ? args[index] : throw new ArgumentException($"{args[index - 1]} needs a value.");

    private static int Number(IReadOnlyList<string> args, ref int index) =>
        int.Parse(Value(args, ref index), NumberStyles.None, CultureInfo.InvariantCulture);
}

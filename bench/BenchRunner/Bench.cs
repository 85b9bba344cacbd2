using LlmGateway.Bench.Reporting;

namespace LlmGateway.Bench;

/// <summary>What every case needs.</summary>
internal sealed record Bench(BenchOptions Options, Workplace Workplace, Payloads Payloads, Samples Samples, IReadOnlyList<string> Servers)
{
    /// <summary>Progress goes to stderr, the table alone to stdout.</summary>
    public static void Say(string text) => Console.Error.WriteLine(text);
}

namespace LlmGateway.Bench.Reporting;

/// <summary>A bound on a figure of the gateway: on its ratio to another server's, or on the value itself.</summary>
internal sealed record Target(string? Against, bool AtLeast, double Bound)
{
    public string Text => $"{(AtLeast ? "≥" : "≤")} {Bound:0.##}{(Against is null ? "" : "x " + Against)}";

    public bool Holds(double value) => AtLeast ? value >= Bound : value <= Bound;
}

internal sealed record Row(string Case, string Figure, string Format, params Target[] Targets)
{
    /// <summary>The worst repetition is shown and judged instead of the median.</summary>
    public bool Worst { get; init; }
}

/// <summary>The table's rows and the project's targets, in one place.</summary>
internal static class Rows
{
    public static readonly IReadOnlyList<Row> All =
    [
        new(Figures.JsonMany, Figures.Throughput, "N0", FloorAtLeast(0.6), new Target("portkey", true, 20)),
        new(Figures.JsonMany, Figures.Cpu, "0.0", FloorAtMost(1.5)),
        new(Figures.JsonMany, Figures.P50, "0.00"),
        new(Figures.JsonMany, Figures.P99, "0.00"),
        new(Figures.JsonOne, Figures.Throughput, "N0"),
        new(Figures.JsonOne, Figures.Cpu, "0.0"),
        new(Figures.JsonOne, Figures.P50, "0.000"),
        new(Figures.JsonOne, Figures.P99, "0.000"),
        new(Figures.Prompt, Figures.Throughput, "N0", FloorAtLeast(0.7)),
        new(Figures.Prompt, Figures.Cpu, "0"),
        new(Figures.Prompt, Figures.P50, "0.0"),
        new(Figures.Answer, Figures.Throughput, "N0", FloorAtLeast(0.7)),
        new(Figures.Answer, Figures.Cpu, "0"),
        new(Figures.Answer, Figures.P50, "0.0"),
        new(Figures.Stream, Figures.Broken, "0", new Target(null, false, 0)) { Worst = true },
        new(Figures.Stream, Figures.FirstP50, "0.00"),
        new(Figures.Stream, Figures.FirstP99, "0.0"),
        new(Figures.Stream, Figures.DelayP50, "0.00", FloorAtMost(1.3)),
        new(Figures.Stream, Figures.DelayP99, "0.0"),
        new(Figures.Stream, Figures.CpuPerChunk, "0.0", FloorAtMost(1.4)),
        new(Figures.Stream, Figures.PeakMemory, "0", FloorAtMost(1.5)),
        new(Figures.Stream, Figures.MemoryPerStream, "0.0"),
        new(Figures.Memory, Figures.MemoryAtFirst, "0.0"),
        new(Figures.Memory, Figures.MemoryAtLast, "0.0"),
        new(Figures.Memory, Figures.Growth, "0.000", new Target(null, false, 1.05)),
        new(Figures.JobsEmpty, Figures.Submissions, "N0", new Target(null, true, 300)),
        new(Figures.JobsEmpty, Figures.P50, "0.0"),
        new(Figures.JobsEmpty, Figures.P99, "0.0"),
        new(Figures.JobsEmpty, Figures.Cpu, "0"),
        new(Figures.JobsEmpty, Figures.PacedP50, "0.0"),
        new(Figures.JobsEmpty, Figures.PacedP99, "0.0", new Target(null, false, 25)),
        new(Figures.JobsEmpty, Figures.ClaimP50, "0.00"),
        new(Figures.JobsEmpty, Figures.ClaimP99, "0.00"),
        new(Figures.JobsEmpty, Figures.Resident, "0"),
        new(Figures.JobsWaiting, Figures.Submissions, "N0", new Target(null, true, 300)),
        new(Figures.JobsWaiting, Figures.AgainstEmpty, "0.00", new Target(null, true, 0.8)),
        new(Figures.JobsWaiting, Figures.P50, "0.0"),
        new(Figures.JobsWaiting, Figures.P99, "0.0"),
        new(Figures.JobsWaiting, Figures.Cpu, "0"),
        new(Figures.JobsWaiting, Figures.PacedP50, "0.0"),
        new(Figures.JobsWaiting, Figures.PacedP99, "0.0", new Target(null, false, 25)),
        new(Figures.JobsWaiting, Figures.ClaimP50, "0.00"),
        new(Figures.JobsWaiting, Figures.ClaimP99, "0.00"),
        new(Figures.JobsWaiting, Figures.ClaimAgainstEmpty, "0.00"),
        new(Figures.JobsWaiting, Figures.Resident, "0"),
    ];

    private static Target FloorAtLeast(double bound) => new("floor", true, bound);

    private static Target FloorAtMost(double bound) => new("floor", false, bound);
}

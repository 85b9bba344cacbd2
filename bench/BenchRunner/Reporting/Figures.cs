namespace LlmGateway.Bench.Reporting;

/// <summary>Names of cases and of what is measured in them: the keys of <see cref="Samples"/>.</summary>
internal static class Figures
{
    public const string JsonOne = "json, 1 connection";
    public const string JsonMany = "json, 32 connections";
    public const string Prompt = "100 KB prompt";
    public const string Answer = "1 MB answer";
    public const string Stream = "streams";
    public const string Memory = "memory";

    public const string Throughput = "requests/s";
    public const string Cpu = "CPU per request, µs";
    public const string P50 = "p50, ms";
    public const string P99 = "p99, ms";

    public const string Broken = "streams lost or cut";
    public const string FirstP50 = "added time to first token p50, ms";
    public const string FirstP99 = "added time to first token p99, ms";
    public const string DelayP50 = "added delay per chunk p50, ms";
    public const string DelayP99 = "added delay per chunk p99, ms";
    public const string CpuPerChunk = "CPU per chunk, µs";
    public const string PeakMemory = "peak memory, MB";
    public const string MemoryPerStream = "memory per stream, KB";

    public const string JobsEmpty = "jobs, empty queue";
    public const string JobsWaiting = "jobs, 100,000 waiting";

    public const string Submissions = "submissions/s, 16 connections";
    public const string PacedP50 = "p50 at 300/s, ms";
    public const string PacedP99 = "p99 at 300/s, ms";
    public const string DirectP50 = "direct p50 at 300/s, ms";
    public const string DirectP99 = "direct p99 at 300/s, ms";
    public const string ClaimP50 = "claim p50, ms";
    public const string ClaimP99 = "claim p99, ms";
    public const string AgainstEmpty = "submissions/s ÷ empty queue";
    public const string ClaimAgainstEmpty = "claim p50 ÷ almost empty queue";
    public const string Resident = "gateway resident, MB";

    public const string MemoryAtFirst = "resident after the first mark, MB";
    public const string MemoryAtLast = "resident after the last mark, MB";
    public const string Growth = "growth between the marks";
}

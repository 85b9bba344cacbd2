namespace LlmGateway.Simulator.Models;

[Flags]
public enum ModelCapabilities
{
    None = 0,
    Completion = 1,
    Tools = 2,
    Vision = 4,
    Embedding = 8,
    Insert = 16,

    /// <summary>Thinks before it answers, on wires that tell thoughts apart.</summary>
    Thinking = 32,
}

/// <summary>A model the Simulator serves. Immutable: a change is a new record put under the same name.</summary>
public sealed record SimulatedModel
{
    public string Name { get; init; } = "";

    public string Family { get; init; } = "simulated";

    /// <value>As model servers print it, for example <c>1.2B</c>.</value>
    public string ParameterSize { get; init; } = "1.2B";

    public string QuantizationLevel { get; init; } = "Q4_K_M";

    /// <summary>Size of the weights on disk and, loaded, in memory, in bytes.</summary>
    public long SizeBytes { get; init; } = 1_300_000_000;

    /// <summary>Prompt plus completion tokens.</summary>
    public int ContextLength { get; init; } = 32_768;

    public int EmbeddingDimensions { get; init; } = 384;

    public ModelCapabilities Capabilities { get; init; } = ModelCapabilities.Completion | ModelCapabilities.Tools | ModelCapabilities.Insert;

    /// <summary>Time the first request after an unload waits.</summary>
    public TimeSpan LoadTime { get; init; } = TimeSpan.Zero;

    /// <value>20 ms.</value>
    public TimeSpan FirstTokenDelay { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Tokens per second after the first one, per stream; 0 for no pacing at all.</summary>
    public double TokensPerSecond { get; init; } = 200;

    /// <summary>Requests served at once; further ones queue in order of arrival.</summary>
    public int MaxConcurrency { get; init; } = 4096;

    public string OwnedBy { get; init; } = "llmgateway-simulator";

    /// <summary>Reported creation time.</summary>
    public DateTimeOffset Created { get; init; } = DateTimeOffset.FromUnixTimeSeconds(1_735_689_600);

    public bool Can(ModelCapabilities capability) => (Capabilities & capability) == capability;

    /// <summary>The models served when none is configured.</summary>
    public static IReadOnlyList<SimulatedModel> Defaults { get; } =
    [
        new() { Name = "sim-small" },
        new()
        {
            Name = "sim-large", ParameterSize = "70B", SizeBytes = 40_000_000_000, ContextLength = 131_072,
            FirstTokenDelay = TimeSpan.FromMilliseconds(60), TokensPerSecond = 60, LoadTime = TimeSpan.FromMilliseconds(50),
            Capabilities = ModelCapabilities.Completion | ModelCapabilities.Tools | ModelCapabilities.Insert | ModelCapabilities.Thinking,
        },
        new()
        {
            Name = "sim-embed", ParameterSize = "33M", QuantizationLevel = "F16", SizeBytes = 67_000_000, ContextLength = 8_192,
            Capabilities = ModelCapabilities.Embedding, FirstTokenDelay = TimeSpan.FromMilliseconds(5),
        },
        new()
        {
            Name = "sim-vision", ParameterSize = "4.3B", SizeBytes = 3_300_000_000,
            Capabilities = ModelCapabilities.Completion | ModelCapabilities.Tools | ModelCapabilities.Vision,
        },
    ];
}

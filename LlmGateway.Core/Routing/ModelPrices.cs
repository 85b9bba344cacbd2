using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Routing;

/// <summary>What a model costs, in US dollars per million tokens.</summary>
/// <param name="Input">Tokens of the prompt.</param>
/// <param name="Output">Tokens of the answer.</param>
public sealed record ModelPrices(decimal Input, decimal Output)
{
    private const decimal Unit = 1_000_000m;

    // Source: Anthropic's documentation, "Prompt caching", pricing. Providers that ask nothing more for writes do not count them.
    private const decimal ShortWriteFactor = 1.25m;
    private const decimal LongWriteFactor = 2m;

    /// <summary>Tokens of the prompt that came from the provider's prompt cache; null when they cost as much as the others.</summary>
    public decimal? CachedInput { get; init; }

    /// <summary>Tokens that are written into the provider's prompt cache; null for what Anthropic asks, a quarter more than for others.</summary>
    public decimal? CacheWrite { get; init; }

    /// <summary>Those that are kept there for an hour; null for what Anthropic asks, twice as much as for others.</summary>
    public decimal? LongCacheWrite { get; init; }

    /// <summary>Hidden reasoning in the answer; null when it costs as much as the rest.</summary>
    public decimal? Reasoning { get; init; }

    public static ModelPrices Free { get; } = new(0, 0);

    /// <summary>The exact price of one call, unrounded.</summary>
    public decimal Cost(in TokenUsage usage)
    {
        // A provider that counts its parts wrongly must not make a negative price.
        var cached = Math.Clamp(usage.CachedTokens, 0, usage.PromptTokens);
        var writes = Math.Clamp(usage.CacheWriteTokens, 0, usage.PromptTokens - cached);
        var longWrites = Math.Clamp(usage.LongCacheWriteTokens, 0, writes);
        var reasoning = Math.Clamp(usage.ReasoningTokens, 0, usage.CompletionTokens);
        return (((usage.PromptTokens - cached - writes) * Input)
            + (cached * (CachedInput ?? Input))
            + ((writes - longWrites) * (CacheWrite ?? (Input * ShortWriteFactor)))
            + (longWrites * (LongCacheWrite ?? (Input * LongWriteFactor)))
            + ((usage.CompletionTokens - reasoning) * Output) + (reasoning * (Reasoning ?? Output))) / Unit;
    }
}

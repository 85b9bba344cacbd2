using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Routing;

/// <summary>What a model costs, in US dollars per million tokens.</summary>
/// <param name="Input">Tokens of the prompt.</param>
/// <param name="Output">Tokens of the answer.</param>
public sealed record ModelPrices(decimal Input, decimal Output)
{
    private const decimal Unit = 1_000_000m;

    /// <summary>Tokens of the prompt that came from the provider's prompt cache; null when they cost as much as the others.</summary>
    public decimal? CachedInput { get; init; }

    /// <summary>Hidden reasoning in the answer; null when it costs as much as the rest.</summary>
    public decimal? Reasoning { get; init; }

    public static ModelPrices Free { get; } = new(0, 0);

    /// <summary>The exact price of one call, unrounded.</summary>
    public decimal Cost(in TokenUsage usage)
    {
        // A provider that counts its parts wrongly must not make a negative price.
        var cached = Math.Clamp(usage.CachedTokens, 0, usage.PromptTokens);
        var reasoning = Math.Clamp(usage.ReasoningTokens, 0, usage.CompletionTokens);
        return (((usage.PromptTokens - cached) * Input) + (cached * (CachedInput ?? Input))
            + ((usage.CompletionTokens - reasoning) * Output) + (reasoning * (Reasoning ?? Output))) / Unit;
    }
}

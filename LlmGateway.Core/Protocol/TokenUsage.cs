namespace LlmGateway.Core.Protocol;

/// <summary>Tokens of one call as the provider counted them (OpenAI's <c>usage</c> object).</summary>
public readonly record struct TokenUsage(long PromptTokens, long CompletionTokens)
{
    /// <summary>Part of the prompt that the provider served from its prompt cache.</summary>
    public long CachedTokens { get; init; }

    /// <summary>Part of the prompt that the provider wrote into its prompt cache, where it tells so.</summary>
    public long CacheWriteTokens { get; init; }

    /// <summary>Part of <see cref="CacheWriteTokens"/> that is kept for an hour.</summary>
    public long LongCacheWriteTokens { get; init; }

    /// <summary>Part of the completion that was hidden reasoning.</summary>
    public long ReasoningTokens { get; init; }

    public long TotalTokens => PromptTokens + CompletionTokens;

    /// <summary>Of two reports about one call: counts are cumulative, so that of each the larger one holds.</summary>
    public static TokenUsage Larger(in TokenUsage one, in TokenUsage other) =>
        new(Math.Max(one.PromptTokens, other.PromptTokens), Math.Max(one.CompletionTokens, other.CompletionTokens))
        {
            CachedTokens = Math.Max(one.CachedTokens, other.CachedTokens),
            CacheWriteTokens = Math.Max(one.CacheWriteTokens, other.CacheWriteTokens),
            LongCacheWriteTokens = Math.Max(one.LongCacheWriteTokens, other.LongCacheWriteTokens),
            ReasoningTokens = Math.Max(one.ReasoningTokens, other.ReasoningTokens),
        };
}

namespace LlmGateway.Core.Protocol;

/// <summary>What a number in a <c>usage</c> object counts.</summary>
internal enum UsageCount
{
    Prompt,
    Completion,
    Total,
    Cached,

    /// <summary>The same as Anthropic counts it: beside the prompt, though proxies may have added it up.</summary>
    CacheRead,

    /// <summary>What the prompt cache did not have; with <see cref="Cached"/> it makes the prompt.</summary>
    CacheMiss,
    CacheWrite,

    /// <summary>The same as Anthropic counts it.</summary>
    CacheCreation,
    LongCacheWrite,
    ShortCacheWrite,
    Reasoning,
}

/// <summary>A name that servers use for a count.</summary>
/// <param name="Name">Of the member.</param>
/// <param name="Count">What it counts.</param>
/// <param name="IsDetail">It stands in one of <see cref="UsageFields.Holders"/>, otherwise in <c>usage</c> itself.</param>
internal sealed record UsageField(byte[] Name, UsageCount Count, bool IsDetail = false);

/// <summary>Where the servers that speak OpenAI's protocol put their counts.</summary>
internal static class UsageFields
{
    /// <summary>Objects inside <c>usage</c> that hold parts of the counts.</summary>
    public static readonly byte[][] Holders =
    [
        // OpenAI, xAI, OpenRouter, vLLM.
        [.. "prompt_tokens_details"u8], [.. "completion_tokens_details"u8],
        // OpenAI's Responses API, which some servers use for chats too.
        [.. "input_tokens_details"u8], [.. "output_tokens_details"u8],
        // Mistral (its API reference, UsageInfo).
        [.. "prompt_token_details"u8],
        // Anthropic (Messages API, Usage), and LiteLLM for Anthropic's models.
        [.. "cache_creation"u8], [.. "cache_creation_token_details"u8],
    ];

    public static readonly UsageField[] All =
    [
        // OpenAI's API reference, CompletionUsage.
        new([.. "prompt_tokens"u8], UsageCount.Prompt),
        new([.. "completion_tokens"u8], UsageCount.Completion),
        new([.. "total_tokens"u8], UsageCount.Total),
        new([.. "cached_tokens"u8], UsageCount.Cached, IsDetail: true),
        new([.. "reasoning_tokens"u8], UsageCount.Reasoning, IsDetail: true),
        // OpenAI's API reference, ResponseUsage.
        new([.. "input_tokens"u8], UsageCount.Prompt),
        new([.. "output_tokens"u8], UsageCount.Completion),
        // DeepSeek's API reference, usage.
        new([.. "prompt_cache_hit_tokens"u8], UsageCount.Cached),
        new([.. "prompt_cache_miss_tokens"u8], UsageCount.CacheMiss),
        // Moonshot and Together.
        new([.. "cached_tokens"u8], UsageCount.Cached),
        // Mistral.
        new([.. "num_cached_tokens"u8], UsageCount.Cached),
        // Perplexity, and SGLang's servers.
        new([.. "reasoning_tokens"u8], UsageCount.Reasoning),
        // LiteLLM and other proxies of Anthropic's models (Anthropic: Messages API, Usage).
        new([.. "cache_read_input_tokens"u8], UsageCount.CacheRead),
        new([.. "cache_creation_input_tokens"u8], UsageCount.CacheCreation),
        new([.. "ephemeral_1h_input_tokens"u8], UsageCount.LongCacheWrite, IsDetail: true),
        new([.. "ephemeral_5m_input_tokens"u8], UsageCount.ShortCacheWrite, IsDetail: true),
        new([.. "thinking_tokens"u8], UsageCount.Reasoning, IsDetail: true),
        // OpenRouter, LiteLLM and this gateway.
        new([.. "cache_write_tokens"u8], UsageCount.CacheWrite, IsDetail: true),
        new([.. "cache_creation_tokens"u8], UsageCount.CacheWrite, IsDetail: true),
    ];

    /// <summary>How many counts there are.</summary>
    public const int Counts = (int)UsageCount.Reasoning + 1;
}

namespace LlmGateway.Core.Protocol;

/// <summary>Tokens of one call as the provider counted them (OpenAI's <c>usage</c> object).</summary>
public readonly record struct TokenUsage(long PromptTokens, long CompletionTokens)
{
    /// <summary>Part of the prompt that the provider served from its prompt cache.</summary>
    public long CachedTokens { get; init; }

    /// <summary>Part of the completion that was hidden reasoning.</summary>
    public long ReasoningTokens { get; init; }

    public long TotalTokens => PromptTokens + CompletionTokens;
}

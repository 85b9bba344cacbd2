using System.Buffers;
using System.Text.Json;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Translation;

/// <summary>
/// Tokens as Anthropic's and Bedrock's <c>usage</c> count them: those of the input are only those that no cache had to do with, while
/// OpenAI's count all. A stream may tell them twice, and servers that speak Anthropic's protocol tell zeros then: of each count the larger holds.
/// </summary>
internal struct PartUsage
{
    public long? Input;
    public long? Output;
    public long? CacheRead;
    public long? CacheCreation;

    /// <summary>Those of <see cref="CacheCreation"/> that are kept for an hour.</summary>
    public long? LongCacheCreation;

    /// <summary>Those that are kept for five minutes.</summary>
    public long? ShortCacheCreation;
    public long? Thinking;

    /// <summary>Null when nothing was told.</summary>
    public readonly TokenUsage? Usage => Input is null && Output is null
        ? null
        : new TokenUsage(Prompt, Output ?? 0)
        {
            CachedTokens = CacheRead ?? 0,
            CacheWriteTokens = Writes,
            LongCacheWriteTokens = Math.Min(LongCacheCreation ?? 0, Writes),
            ReasoningTokens = Thinking ?? 0,
        };

    private readonly long Writes => Math.Max(CacheCreation ?? 0, (LongCacheCreation ?? 0) + (ShortCacheCreation ?? 0));

    private readonly long Prompt => TokenCount.Clamp((Input ?? 0) + (CacheRead ?? 0) + Writes);

    /// <summary>Takes what the other tells beyond this.</summary>
    public void Update(in PartUsage later)
    {
        Input = Larger(Input, later.Input);
        Output = Larger(Output, later.Output);
        CacheRead = Larger(CacheRead, later.CacheRead);
        CacheCreation = Larger(CacheCreation, later.CacheCreation);
        LongCacheCreation = Larger(LongCacheCreation, later.LongCacheCreation);
        ShortCacheCreation = Larger(ShortCacheCreation, later.ShortCacheCreation);
        Thinking = Larger(Thinking, later.Thinking);
    }

    /// <summary>Writes OpenAI's <c>usage</c>; <c>cache_creation_tokens</c>, which cost more than others, is an extension.</summary>
    public readonly void Write(PooledBuffer output)
    {
        output.Write(",\"usage\":{\"prompt_tokens\":"u8);
        output.WriteNumber(Prompt);
        output.Write(",\"completion_tokens\":"u8);
        output.WriteNumber(Output ?? 0);
        output.Write(",\"total_tokens\":"u8);
        output.WriteNumber(Prompt + (Output ?? 0));
        output.Write(",\"prompt_tokens_details\":{\"cached_tokens\":"u8);
        output.WriteNumber(CacheRead ?? 0);
        output.Write(",\"cache_creation_tokens\":"u8);
        output.WriteNumber(Writes);
        output.Write("}"u8);
        if (Thinking is { } thinking)
        {
            output.Write(",\"completion_tokens_details\":{\"reasoning_tokens\":"u8);
            output.WriteNumber(thinking);
            output.Write("}"u8);
        }

        output.Write("}"u8);
    }

    /// <summary>Takes the number that follows; what is none is left out.</summary>
    public static void ReadCount(ref Utf8JsonReader reader, ref long? count)
    {
        reader.Read();
        if (TokenCount.TryRead(ref reader, out var value))
        {
            count = Larger(count, value);
        }
    }

    private static long? Larger(long? one, long? other) => one is null || other > one ? other ?? one : one;
}

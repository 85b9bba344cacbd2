using System.Buffers;
using System.Text.Json;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Translation;

/// <summary>
/// Tokens as Anthropic's and Bedrock's <c>usage</c> count them: those of the input are only those that no cache had to do with, while
/// OpenAI's count all. A stream may tell them twice: what the later one leaves out holds on.
/// </summary>
internal struct PartUsage
{
    public long? Input;
    public long? Output;
    public long? CacheRead;
    public long? CacheCreation;
    public long? Thinking;

    /// <summary>Null when nothing was told.</summary>
    public readonly TokenUsage? Usage => Input is null && Output is null
        ? null
        : new TokenUsage(Prompt, Output ?? 0) { CachedTokens = CacheRead ?? 0, ReasoningTokens = Thinking ?? 0 };

    private readonly long Prompt => (Input ?? 0) + (CacheRead ?? 0) + (CacheCreation ?? 0);

    /// <summary>Takes what the other tells and this does not.</summary>
    public void Update(in PartUsage later)
    {
        Input = later.Input ?? Input;
        Output = later.Output ?? Output;
        CacheRead = later.CacheRead ?? CacheRead;
        CacheCreation = later.CacheCreation ?? CacheCreation;
        Thinking = later.Thinking ?? Thinking;
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
        output.WriteNumber(CacheCreation ?? 0);
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
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) && value >= 0)
        {
            count = value;
            return;
        }

        reader.Skip();
    }
}

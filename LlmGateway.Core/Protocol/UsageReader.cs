using System.Text.Json;

namespace LlmGateway.Core.Protocol;

/// <summary>Reads OpenAI's <c>usage</c> object.</summary>
public static class UsageReader
{
    /// <summary>
    /// Reads the object that <paramref name="reader"/> stands on and leaves the reader on its end. Null where the value is
    /// no object or counts nothing.
    /// </summary>
    public static TokenUsage? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        long prompt = 0, completion = 0, cached = 0, reasoning = 0;
        var counted = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("prompt_tokens"u8))
            {
                counted |= TryCount(ref reader, ref prompt);
            }
            else if (reader.ValueTextEquals("completion_tokens"u8))
            {
                counted |= TryCount(ref reader, ref completion);
            }
            else if (reader.ValueTextEquals("prompt_tokens_details"u8))
            {
                ReadDetail("cached_tokens"u8, ref reader, ref cached);
            }
            else if (reader.ValueTextEquals("completion_tokens_details"u8))
            {
                ReadDetail("reasoning_tokens"u8, ref reader, ref reasoning);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return counted ? new TokenUsage(prompt, completion) { CachedTokens = cached, ReasoningTokens = reasoning } : null;
    }

    private static bool TryCount(ref Utf8JsonReader reader, ref long count)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) && value >= 0)
        {
            count = value;
            return true;
        }

        reader.Skip();
        return false;
    }

    private static void ReadDetail(ReadOnlySpan<byte> name, ref Utf8JsonReader reader, ref long count)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(name))
            {
                TryCount(ref reader, ref count);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }
}

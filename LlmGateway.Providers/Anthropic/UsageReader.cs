using System.Text.Json;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>Reads Anthropic's <c>usage</c>.</summary>
internal static class UsageReader
{
    /// <summary>Takes the object that the reader stands on.</summary>
    public static void Read(ref Utf8JsonReader reader, ref PartUsage usage)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("input_tokens"u8))
            {
                PartUsage.ReadCount(ref reader, ref usage.Input);
            }
            else if (reader.ValueTextEquals("output_tokens"u8))
            {
                PartUsage.ReadCount(ref reader, ref usage.Output);
            }
            else if (reader.ValueTextEquals("cache_read_input_tokens"u8))
            {
                PartUsage.ReadCount(ref reader, ref usage.CacheRead);
            }
            else if (reader.ValueTextEquals("cache_creation_input_tokens"u8))
            {
                PartUsage.ReadCount(ref reader, ref usage.CacheCreation);
            }
            else if (reader.ValueTextEquals("output_tokens_details"u8) || reader.ValueTextEquals("cache_creation"u8))
            {
                ReadDetails(ref reader, ref usage);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    private static void ReadDetails(ref Utf8JsonReader reader, ref PartUsage usage)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("thinking_tokens"u8))
            {
                PartUsage.ReadCount(ref reader, ref usage.Thinking);
            }
            else if (reader.ValueTextEquals("ephemeral_1h_input_tokens"u8))
            {
                PartUsage.ReadCount(ref reader, ref usage.LongCacheCreation);
            }
            else if (reader.ValueTextEquals("ephemeral_5m_input_tokens"u8))
            {
                PartUsage.ReadCount(ref reader, ref usage.ShortCacheCreation);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }
}

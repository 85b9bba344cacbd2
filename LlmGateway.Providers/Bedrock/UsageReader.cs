using System.Text.Json;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Bedrock;

/// <summary>Reads Converse's <c>usage</c>.</summary>
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
            if (reader.ValueTextEquals("inputTokens"u8))
            {
                PartUsage.ReadCount(ref reader, ref usage.Input);
            }
            else if (reader.ValueTextEquals("outputTokens"u8))
            {
                PartUsage.ReadCount(ref reader, ref usage.Output);
            }
            else if (reader.ValueTextEquals("cacheReadInputTokens"u8))
            {
                PartUsage.ReadCount(ref reader, ref usage.CacheRead);
            }
            else if (reader.ValueTextEquals("cacheWriteInputTokens"u8))
            {
                PartUsage.ReadCount(ref reader, ref usage.CacheCreation);
            }
            else if (reader.ValueTextEquals("cacheDetails"u8))
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

    /// <summary>What was written into the cache, one entry for each time that it is kept (<c>CacheDetail</c> of the API).</summary>
    private static void ReadDetails(ref Utf8JsonReader reader, ref PartUsage usage)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            long? tokens = null;
            var isLong = false;
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("inputTokens"u8))
                {
                    PartUsage.ReadCount(ref reader, ref tokens);
                    continue;
                }

                var isTime = reader.ValueTextEquals("ttl"u8);
                reader.Read();
                isLong |= isTime && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("1h"u8);
                reader.Skip();
            }

            if (isLong)
            {
                usage.LongCacheCreation = tokens;
            }
            else
            {
                usage.ShortCacheCreation = tokens;
            }
        }
    }
}

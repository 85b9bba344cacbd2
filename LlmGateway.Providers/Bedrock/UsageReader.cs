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
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }
}

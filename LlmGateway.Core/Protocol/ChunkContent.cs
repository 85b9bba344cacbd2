using System.Text.Json;

namespace LlmGateway.Core.Protocol;

/// <summary>Whether a piece of a streamed choice says anything.</summary>
internal static class ChunkContent
{
    /// <param name="part">A <c>delta</c> or a <c>text</c>: an object or a string.</param>
    public static bool HasAny(ReadOnlySpan<byte> part)
    {
        if (part[0] == '"')
        {
            return part.Length > 2;
        }

        var reader = new Utf8JsonReader(part);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // Servers repeat who speaks.
            var isRole = reader.ValueTextEquals("role"u8);
            reader.Read();
            var start = reader.TokenStartIndex;
            var isNothing = reader.TokenType is not (JsonTokenType.String or JsonTokenType.StartArray or JsonTokenType.StartObject);
            reader.Skip();
            if (!isRole && !isNothing && reader.BytesConsumed - start > 2)
            {
                return true;
            }
        }

        return false;
    }
}

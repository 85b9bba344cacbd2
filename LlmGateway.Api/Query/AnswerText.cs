using System.Text;
using System.Text.Json;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Api.Query;

/// <summary>
/// Finds the text in OpenAI documents: the first choice's <c>content</c>, or <c>refusal</c> where the model declined in that field. Thoughts
/// and tool calls are no text. Documents were checked before; one that is no JSON after all has no text.
/// </summary>
internal static class AnswerText
{
    /// <summary>Where the text stands in a whole answer: a JSON string or a list of content parts. Empty when there is none.</summary>
    /// <param name="document">A chat answer.</param>
    /// <param name="hasMessage">Whether there is a message at all.</param>
    public static ByteRange InAnswer(ReadOnlySpan<byte> document, out bool hasMessage) => Find(document, "message"u8, out hasMessage);

    /// <summary>Where the text stands in a chunk of a stream; empty when it has none.</summary>
    public static ByteRange InChunk(ReadOnlySpan<byte> chunk) => Find(chunk, "delta"u8, out _);

    /// <summary>The texts of content parts, joined.</summary>
    /// <param name="parts">A JSON array.</param>
    public static string Join(ReadOnlyMemory<byte> parts)
    {
        using var document = JsonDocument.Parse(parts);
        var text = new StringBuilder();
        foreach (var part in document.RootElement.EnumerateArray())
        {
            if (part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text"u8, out var value) && value.ValueKind == JsonValueKind.String)
            {
                text.Append(Text(value));
            }
        }

        return text.ToString();
    }

    /// <summary>Half of a surrogate pair is no text.</summary>
    private static string Text(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return "\uFFFD";
        }
    }

    private static ByteRange Find(ReadOnlySpan<byte> document, ReadOnlySpan<byte> part, out bool hasPart)
    {
        hasPart = false;
        var text = default(ByteRange);
        var reader = new Utf8JsonReader(document);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isChoices = reader.ValueTextEquals("choices"u8);
                reader.Read();
                if (!isChoices || reader.TokenType != JsonTokenType.StartArray)
                {
                    reader.Skip();
                    continue;
                }

                while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
                {
                    var found = ReadChoice(ref reader, part, out var isFirst, out var isThere);
                    if (isFirst && isThere)
                    {
                        (text, hasPart) = (found, true);
                    }
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return default;
        }

        return text;
    }

    private static ByteRange ReadChoice(ref Utf8JsonReader reader, ReadOnlySpan<byte> part, out bool isFirst, out bool isThere)
    {
        var text = default(ByteRange);
        (isFirst, isThere) = (true, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                isFirst = reader.TokenType != JsonTokenType.Number || (reader.TryGetInt32(out var index) && index == 0);
            }
            else if (reader.ValueTextEquals(part))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject)
                {
                    text = ReadMessage(ref reader);
                    isThere = true;
                }
            }
            else
            {
                reader.Read();
            }

            reader.Skip();
        }

        return text;
    }

    private static ByteRange ReadMessage(ref Utf8JsonReader reader)
    {
        var content = default(ByteRange);
        var refusal = default(ByteRange);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isContent = reader.ValueTextEquals("content"u8);
            var isRefusal = reader.ValueTextEquals("refusal"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            var isText = reader.TokenType is JsonTokenType.String || (isContent && reader.TokenType == JsonTokenType.StartArray);
            reader.Skip();
            var range = isText ? new ByteRange(start, (int)reader.BytesConsumed - start) : default;
            content = isContent ? range : content;
            refusal = isRefusal ? range : refusal;
        }

        // Two quotes are an empty text.
        return content.Length > 2 ? content : refusal.Length > 2 ? refusal : content;
    }
}

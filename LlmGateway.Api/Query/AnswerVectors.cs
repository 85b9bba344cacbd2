using System.Text.Json;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Api.Query;

/// <summary>Finds the vectors in an OpenAI embeddings answer.</summary>
internal static class AnswerVectors
{
    /// <summary>Where each vector stands, an array of numbers, and how many it holds; in the order of the texts. Null when they are not told apart.</summary>
    public static IReadOnlyList<(ByteRange Range, int Dimensions)>? Read(ReadOnlySpan<byte> answer)
    {
        var found = new List<(int Index, ByteRange Range, int Dimensions)>();
        var reader = new Utf8JsonReader(answer);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isData = reader.ValueTextEquals("data"u8);
                reader.Read();
                if (!isData || reader.TokenType != JsonTokenType.StartArray)
                {
                    reader.Skip();
                    continue;
                }

                while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
                {
                    found.Add(ReadItem(ref reader, found.Count));
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }

        found.Sort((a, b) => a.Index.CompareTo(b.Index));
        for (var i = 0; i < found.Count; i++)
        {
            if (found[i].Index != i || found[i].Dimensions == 0)
            {
                return null;
            }
        }

        return [.. found.Select(f => (f.Range, f.Dimensions))];
    }

    /// <param name="reader">Stands on the item's brace.</param>
    /// <param name="place">The index of an item that does not tell its own.</param>
    private static (int Index, ByteRange Range, int Dimensions) ReadItem(ref Utf8JsonReader reader, int place)
    {
        var (index, range, dimensions) = (place, default(ByteRange), 0);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                index = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var told) ? told : index;
            }
            else if (reader.ValueTextEquals("embedding"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartArray)
                {
                    (range, dimensions) = ReadVector(ref reader);
                }
            }
            else
            {
                reader.Read();
            }

            reader.Skip();
        }

        return (index, range, dimensions);
    }

    private static (ByteRange Range, int Dimensions) ReadVector(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        var count = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            count++;
        }

        // Anything but numbers is no vector.
        return reader.TokenType == JsonTokenType.EndArray
            ? (new ByteRange(start, (int)reader.BytesConsumed - start), count)
            : throw new InvalidOperationException("A vector holds something else than numbers.");
    }
}

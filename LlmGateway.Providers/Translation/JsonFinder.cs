using System.Text.Json;
using System.Text.Unicode;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Translation;

/// <summary>What is found in the one object of a JSON document.</summary>
internal interface IObjectMembers
{
    /// <summary>Reads from the start of the object, where the reader stands, to its end; false when it is not what it should be.</summary>
    bool ReadMembers(ref Utf8JsonReader reader);
}

/// <summary>Finds values in JSON in one pass, without decoding them.</summary>
internal static class JsonFinder
{
    /// <summary>False when the document is broken, is no object or not what was to be found.</summary>
    public static bool TryReadObject<T>(ReadOnlySpan<byte> document, ref T found)
        where T : IObjectMembers
    {
        if (!Utf8.IsValid(document))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(document, JsonText.ReaderOptions);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && found.ReadMembers(ref reader) && !reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Takes the place of the value that follows; null leaves it empty, another type is a fault.</summary>
    public static bool TryFind(ref Utf8JsonReader reader, JsonTokenType expected, ref ByteRange range)
    {
        reader.Read();
        var type = reader.TokenType;
        var found = Take(ref reader);
        if (type == JsonTokenType.Null)
        {
            return true;
        }

        range = found;
        return type == expected;
    }

    /// <summary>The place of the value that the reader stands on, which it passes over.</summary>
    public static ByteRange Take(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return new ByteRange(start, (int)reader.BytesConsumed - start);
    }
}

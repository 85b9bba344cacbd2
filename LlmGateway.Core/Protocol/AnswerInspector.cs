using System.Text.Json;

namespace LlmGateway.Core.Protocol;

/// <summary>What a whole (not streamed) answer document turned out to be.</summary>
public enum AnswerKind
{
    /// <summary>A complete answer of the expected shape.</summary>
    Answer,

    /// <summary>An error document, whatever status it came with.</summary>
    Error,

    /// <summary>Broken JSON, or a document that lacks what an answer must have.</summary>
    Malformed,
}

/// <summary>Facts about an answer, read in one pass without decoding its content.</summary>
/// <param name="Kind">Whether it can be passed on.</param>
/// <param name="Usage">Token counts, where told.</param>
/// <param name="FinishReason">Of the last choice.</param>
/// <param name="Items">Number of choices, or of embedding vectors.</param>
/// <param name="HasFloatVectors">Some embedding is an array of numbers.</param>
/// <param name="HasBase64Vectors">Some embedding is a string.</param>
public readonly record struct AnswerFacts(
    AnswerKind Kind, TokenUsage? Usage, string? FinishReason, int Items, bool HasFloatVectors, bool HasBase64Vectors);

/// <summary>The tap on a whole OpenAI answer: <c>choices</c> with finish reasons, or <c>data</c> with embeddings.</summary>
public static class AnswerInspector
{
    /// <summary>From this size on, in bytes, long strings are taken out before the document is read.</summary>
    private const int LargeDocument = 16 * 1024;

    public static AnswerFacts Inspect(Operation operation, ReadOnlySpan<byte> document)
    {
        try
        {
            // The JSON reader does not look into strings.
            return !Utf8Text.IsValid(document) ? new AnswerFacts { Kind = AnswerKind.Malformed }
                : document.Length < LargeDocument ? InspectDocument(operation, document)
                : InspectLargeDocument(operation, document);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new AnswerFacts { Kind = AnswerKind.Malformed };
        }
    }

    private static AnswerFacts InspectLargeDocument(Operation operation, ReadOnlySpan<byte> document)
    {
        using var skeleton = new JsonSkeleton();
        skeleton.Feed(document);
        return InspectDocument(operation, skeleton.Written);
    }

    /// <summary>Judges a document whose text has been found to be UTF-8 already.</summary>
    internal static AnswerFacts InspectStructure(Operation operation, ReadOnlySpan<byte> document)
    {
        try
        {
            return InspectDocument(operation, document);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new AnswerFacts { Kind = AnswerKind.Malformed };
        }
    }

    private static AnswerFacts InspectDocument(Operation operation, ReadOnlySpan<byte> document)
    {
        var reader = new Utf8JsonReader(document);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return new AnswerFacts { Kind = AnswerKind.Malformed };
        }

        TokenUsage? usage = null;
        var hasError = false;
        var items = new Items();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUsage = reader.ValueTextEquals("usage"u8);
            var isError = reader.ValueTextEquals("error"u8);
            var isItems = reader.ValueTextEquals(operation == Operation.Embeddings ? "data"u8 : "choices"u8);
            reader.Read();
            if (isUsage)
            {
                usage = UsageReader.Read(ref reader);
            }
            else if (isItems && reader.TokenType == JsonTokenType.StartArray)
            {
                ReadItems(ref reader, ref items);
            }
            else
            {
                hasError |= isError && reader.TokenType != JsonTokenType.Null;
                reader.Skip();
            }
        }

        var trailing = reader.Read();
        var whole = items.Count > 0 && items.Bad == 0 && (operation == Operation.Embeddings
            ? items.Vectors == items.Count
            : items.Finished == items.Count);
        var kind = trailing ? AnswerKind.Malformed : hasError ? AnswerKind.Error : whole ? AnswerKind.Answer : AnswerKind.Malformed;
        return new AnswerFacts(kind, usage, items.FinishReason, items.Count, items.HasFloats, items.HasBase64);
    }

    private static void ReadItems(ref Utf8JsonReader reader, ref Items items)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Count++;
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                items.Bad++;
                reader.Skip();
                continue;
            }

            ReadItem(ref reader, ref items);
        }
    }

    private static void ReadItem(ref Utf8JsonReader reader, ref Items items)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isFinish = reader.ValueTextEquals("finish_reason"u8);
            var isVector = reader.ValueTextEquals("embedding"u8);
            reader.Read();
            if (isFinish && reader.TokenType == JsonTokenType.String)
            {
                items.FinishReason = FinishReasons.Intern(ref reader);
                items.Finished++;
            }
            else if (isVector && reader.TokenType is (JsonTokenType.String or JsonTokenType.StartArray))
            {
                items.Vectors++;
                items.HasBase64 |= reader.TokenType == JsonTokenType.String;
                items.HasFloats |= reader.TokenType == JsonTokenType.StartArray;
            }

            reader.Skip();
        }
    }

    private struct Items
    {
        public int Count;
        public int Bad;
        public int Finished;
        public int Vectors;
        public bool HasFloats;
        public bool HasBase64;
        public string? FinishReason;
    }
}

using System.Text.Json;

namespace LlmGateway.Core.Protocol;

/// <summary>
/// The tap on a whole OpenAI answer: <c>choices</c>, each with a message or a text and a finish reason, or <c>data</c> with embeddings, each
/// a vector.
/// </summary>
public static class AnswerInspector
{
    /// <summary>From this size on, in bytes, long strings are taken out before the document is read.</summary>
    private const int LargeDocument = 16 * 1024;

    private const string Malformed = "a malformed answer";

    public static AnswerFacts Inspect(ExpectedAnswer expected, ReadOnlySpan<byte> document)
    {
        try
        {
            // The JSON reader does not look into strings. Vectors may be strings, which are looked into.
            return !Utf8Text.IsValid(document) ? Broken()
                : document.Length < LargeDocument || expected.Operation == Operation.Embeddings ? InspectDocument(expected, document)
                : InspectLargeDocument(expected, document);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Broken();
        }
    }

    internal static AnswerFacts Broken() => new() { Kind = AnswerKind.Malformed, Fault = Malformed };

    private static AnswerFacts InspectLargeDocument(ExpectedAnswer expected, ReadOnlySpan<byte> document)
    {
        using var skeleton = new JsonSkeleton();
        skeleton.Feed(document);
        return InspectDocument(expected, skeleton.Written);
    }

    /// <summary>Judges a document whose text has been found to be UTF-8 already.</summary>
    internal static AnswerFacts InspectStructure(ExpectedAnswer expected, ReadOnlySpan<byte> document)
    {
        try
        {
            return InspectDocument(expected, document);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Broken();
        }
    }

    private static AnswerFacts InspectDocument(ExpectedAnswer expected, ReadOnlySpan<byte> document)
    {
        var reader = new Utf8JsonReader(document);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return Broken();
        }

        TokenUsage? usage = null;
        var hasError = false;
        var isEmbeddings = expected.Operation == Operation.Embeddings;
        var choices = new ChoiceList(expected.Operation == Operation.Chat);
        var vectors = new VectorList(expected.Dimensions);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUsage = reader.ValueTextEquals("usage"u8);
            var isError = reader.ValueTextEquals("error"u8);
            var isItems = reader.ValueTextEquals(isEmbeddings ? "data"u8 : "choices"u8);
            reader.Read();
            if (isUsage)
            {
                usage = UsageReader.Read(ref reader);
            }
            else if (isItems && reader.TokenType == JsonTokenType.StartArray)
            {
                if (isEmbeddings)
                {
                    vectors.Read(ref reader);
                }
                else
                {
                    choices.Read(ref reader);
                }
            }
            else
            {
                hasError |= isError && reader.TokenType != JsonTokenType.Null;
                reader.Skip();
            }
        }

        if (reader.Read())
        {
            return Broken();
        }

        var fault = isEmbeddings ? vectors.Fault(expected.Items) : choices.Fault(expected.Items);
        return new AnswerFacts(
            hasError ? AnswerKind.Error : fault is null ? AnswerKind.Answer : AnswerKind.Malformed,
            usage, choices.FinishReason, isEmbeddings ? vectors.Count : choices.Count, vectors.HasFloats, vectors.HasBase64)
        {
            Fault = fault,
            IsUnordered = vectors.IsUnordered,
        };
    }
}

using System.Text.Json;
using System.Text.Unicode;
using LlmGateway.Core.Errors;

namespace LlmGateway.Core.Protocol;

/// <summary>Reads a client's JSON once, front to back, into a <see cref="RequestView"/> or the first error in it.</summary>
public static class RequestReader
{
    /// <summary>Nesting that is accepted when nothing else is configured.</summary>
    public const int DefaultMaxDepth = 64;

    private const int FirstRuleBit = 16;

    /// <summary>
    /// Parses and validates <paramref name="body"/>. Null when <paramref name="view"/> is good; otherwise what is wrong,
    /// with the path of the field at fault.
    /// </summary>
    public static GatewayError? Read(Operation operation, ReadOnlyMemory<byte> body, out RequestView view, int maxDepth = DefaultMaxDepth)
    {
        view = new RequestView { Operation = operation, Body = body };
        if (!Utf8.IsValid(body.Span))
        {
            return JsonFaults.NotUtf8();
        }

        var reader = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = maxDepth });
        try
        {
            var error = ReadDocument(view, ref reader);
            return SurrogateEscapes.HasUnpaired(body.Span) ? JsonFaults.UnpairedSurrogate() : error;
        }
        catch (JsonException e)
        {
            return JsonFaults.Broken(e, body.Span, maxDepth);
        }
        catch (InvalidOperationException)
        {
            // Thrown where such a string is compared or decoded.
            return JsonFaults.UnpairedSurrogate();
        }
    }

    private static GatewayError? ReadDocument(RequestView view, ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return JsonFaults.NoObject();
        }

        GatewayError? error = null;
        var seen = 0ul;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // The document is read to its end even after an error in a field: broken JSON is the more basic fault.
            if (error is null)
            {
                error = ReadField(view, ref reader, ref seen);
            }
            else
            {
                reader.Skip();
            }
        }

        view.ClosingBrace = (int)reader.TokenStartIndex;
        reader.Read();
        return error ?? CheckWhole(view, seen);
    }

    private static GatewayError? ReadField(RequestView view, ref Utf8JsonReader reader, ref ulong seen)
    {
        var field = KnownField(view.Operation, ref reader);
        var rule = field == Field.Other ? FindRule(ref reader) : -1;
        if (field != Field.Other || rule >= 0)
        {
            var bit = 1ul << (field != Field.Other ? (int)field : FirstRuleBit + rule);
            if ((seen & bit) != 0)
            {
                // Two readers of one document may each believe another of the two values.
                var name = reader.GetString()!;
                reader.Skip();
                return ParameterRules.Duplicate(name);
            }

            seen |= bit;
        }

        reader.Read();
        var start = (int)reader.TokenStartIndex;
        var error = field switch
        {
            Field.Model => ReadModel(view, ref reader),
            Field.Content when view.Operation == Operation.Chat => MessagesReader.Read(view, ref reader),
            Field.Content => InputReader.Read(view, ref reader),
            Field.StreamOptions => OptionsReader.ReadStreamOptions(view, ref reader),
            Field.Tools => OptionsReader.ReadTools(view, ref reader),
            Field.EncodingFormat => OptionsReader.ReadEncodingFormat(view, ref reader),
            Field.ResponseFormat => OptionsReader.ReadResponseFormat(view, ref reader),
            _ when rule >= 0 => ReadParameter(view, ParameterRules.For(view.Operation, rule), ref reader),
            _ => null,
        };

        if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
        {
            reader.Skip();
        }

        var range = new ByteRange(start, (int)reader.BytesConsumed - start);
        switch (field)
        {
            case Field.Model: view.ModelValue = range; break;
            case Field.Content: view.ContentValue = range; break;
            case Field.StreamOptions: view.StreamOptionsValue = range; break;
        }

        return error;
    }

    private static Field KnownField(Operation operation, ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("model"u8))
        {
            return Field.Model;
        }

        if (reader.ValueTextEquals(ContentName(operation)))
        {
            return Field.Content;
        }

        return reader.ValueTextEquals("stream_options"u8) ? Field.StreamOptions
            : reader.ValueTextEquals("tools"u8) ? Field.Tools
            : reader.ValueTextEquals("encoding_format"u8) ? Field.EncodingFormat
            : reader.ValueTextEquals("response_format"u8) ? Field.ResponseFormat
            : Field.Other;
    }

    private static ReadOnlySpan<byte> ContentName(Operation operation) => operation switch
    {
        Operation.Chat => "messages"u8,
        Operation.Completion => "prompt"u8,
        _ => "input"u8,
    };

    /// <summary>Index in <see cref="ParameterRules.All"/>, or -1.</summary>
    private static int FindRule(ref Utf8JsonReader reader)
    {
        for (var index = 0; index < ParameterRules.All.Length; index++)
        {
            // Nearly every name is another by its length alone.
            var name = ParameterRules.All[index].Utf8Name;
            if ((reader.ValueIsEscaped || reader.ValueSpan.Length == name.Length) && reader.ValueTextEquals(name))
            {
                return index;
            }
        }

        return -1;
    }

    private static GatewayError? ReadModel(RequestView view, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            return reader.TokenType == JsonTokenType.Null
                ? ParameterRules.Missing("model")
                : ParameterRules.InvalidType("model", "a string", reader.TokenType);
        }

        view.Model = reader.GetString()!;
        return string.IsNullOrWhiteSpace(view.Model) ? ParameterRules.Missing("model") : null;
    }

    private static GatewayError? ReadParameter(RequestView view, ParameterRule rule, ref Utf8JsonReader reader)
    {
        if (ParameterRules.Check(rule, ref reader) is { } error)
        {
            return error;
        }

        switch (reader.TokenType)
        {
            case JsonTokenType.True when rule.Name == "stream" && view.Operation != Operation.Embeddings:
                view.Stream = true;
                break;
            case JsonTokenType.Number when rule.Name is "max_tokens" or "max_completion_tokens":
                view.MaxTokens = reader.GetInt64();
                break;
            case JsonTokenType.Number when rule.Name == "n":
                view.Choices = reader.GetInt32();
                break;
            case JsonTokenType.Number when rule.Name == "dimensions" && view.Operation == Operation.Embeddings:
                view.Dimensions = reader.GetInt64();
                break;
            case JsonTokenType.String when rule.Name == "user":
                view.User = reader.GetString();
                break;
        }

        return null;
    }

    private static GatewayError? CheckWhole(RequestView view, ulong seen)
    {
        if ((seen & (1ul << (int)Field.Model)) == 0)
        {
            return ParameterRules.Missing("model");
        }

        if ((seen & (1ul << (int)Field.Content)) == 0)
        {
            return ParameterRules.Missing(System.Text.Encoding.UTF8.GetString(ContentName(view.Operation)));
        }

        return !view.Stream && !view.StreamOptionsValue.IsEmpty && !IsNull(view, view.StreamOptionsValue)
            ? GatewayError.Invalid("stream_options", "invalid_value", "'stream_options' is only allowed when 'stream' is enabled.")
            : null;
    }

    private static bool IsNull(RequestView view, ByteRange range) =>
        view.Body.Span.Slice(range.Start, range.Length).SequenceEqual("null"u8);

    private enum Field
    {
        Other,
        Model,
        Content,
        StreamOptions,
        Tools,
        EncodingFormat,
        ResponseFormat,
    }
}

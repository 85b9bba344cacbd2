using System.Text.Json;
using System.Text.Unicode;
using LlmGateway.Core.Errors;

namespace LlmGateway.Core.Protocol;

/// <summary>
/// A JSON object whose fields are all known and plain. What stands in it is as strictly checked as a chat request is, and stays the bytes
/// that came: nothing is decoded that nobody asks for. A field that is null counts as absent.
/// </summary>
public sealed class PlainDocument
{
    /// <summary>A required text is looked at for being blank up to this length, in bytes.</summary>
    private const int LongestBlank = 256;

    private const int LongestNameShown = 100;

    private readonly ReadOnlyMemory<byte> _body;
    private readonly ParameterRule[] _rules;
    private readonly ByteRange[] _values;

    private PlainDocument(ReadOnlyMemory<byte> body, ParameterRule[] rules)
    {
        _body = body;
        _rules = rules;
        _values = new ByteRange[rules.Length];
    }

    /// <summary>
    /// Parses and validates <paramref name="body"/>. Null when <paramref name="document"/> is good; otherwise what is wrong, with the field
    /// at fault.
    /// </summary>
    /// <param name="body">Must not change while the document is in use.</param>
    /// <param name="rules">Every field that there is; at most 64.</param>
    /// <param name="document">What was read.</param>
    /// <param name="maxDepth">Nesting that is accepted.</param>
    public static GatewayError? Read(ReadOnlyMemory<byte> body, ParameterRule[] rules, out PlainDocument document, int maxDepth = RequestReader.DefaultMaxDepth)
    {
        document = new PlainDocument(body, rules);
        if (!Utf8.IsValid(body.Span))
        {
            return JsonFaults.NotUtf8();
        }

        var reader = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = maxDepth });
        try
        {
            var error = document.ReadFields(ref reader);
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

    /// <summary>The value of a field as JSON; empty when it is absent.</summary>
    public ReadOnlySpan<byte> Raw(string field)
    {
        var range = _values[Array.FindIndex(_rules, r => r.Name == field)];
        return _body.Span.Slice(range.Start, range.Length);
    }

    /// <summary>The value of a text field; null when it is absent or empty.</summary>
    public string? Text(string field)
    {
        var raw = Raw(field);
        if (raw.IsEmpty)
        {
            return null;
        }

        var reader = new Utf8JsonReader(raw);
        reader.Read();
        return reader.GetString() is { Length: > 0 } text ? text : null;
    }

    private GatewayError? ReadFields(ref Utf8JsonReader reader)
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
                error = ReadField(ref reader, ref seen);
            }
            else
            {
                reader.Skip();
            }
        }

        reader.Read();
        return error ?? Missing();
    }

    private GatewayError? ReadField(ref Utf8JsonReader reader, ref ulong seen)
    {
        var index = 0;
        while (index < _rules.Length && !reader.ValueTextEquals(_rules[index].Utf8Name))
        {
            index++;
        }

        if (index == _rules.Length)
        {
            var name = reader.GetString()!;
            reader.Skip();
            return ParameterRules.Unknown(name.Length > LongestNameShown ? string.Concat(name.AsSpan(0, LongestNameShown), "…") : name);
        }

        var rule = _rules[index];
        if ((seen & (1ul << index)) != 0)
        {
            // Two readers of one document may each believe another of the two values.
            reader.Skip();
            return ParameterRules.Duplicate(rule.Name);
        }

        seen |= 1ul << index;
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        var isSet = reader.TokenType != JsonTokenType.Null;
        var error = ParameterRules.Check(rule, ref reader) ?? (rule.Required && IsBlank(ref reader) ? ParameterRules.Empty(rule.Name, "string") : null);
        reader.Skip();
        _values[index] = isSet ? new ByteRange(start, (int)reader.BytesConsumed - start) : default;
        return error;
    }

    private static bool IsBlank(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= LongestBlank && string.IsNullOrWhiteSpace(reader.GetString());

    private GatewayError? Missing()
    {
        for (var i = 0; i < _rules.Length; i++)
        {
            if (_rules[i].Required && _values[i].IsEmpty)
            {
                return ParameterRules.Missing(_rules[i].Name);
            }
        }

        return null;
    }
}

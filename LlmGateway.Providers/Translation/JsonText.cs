using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Translation;

/// <summary>
/// JSON moved from one document into another as the bytes it came as: what is not decoded cannot be damaged, and costs nothing.
/// </summary>
internal static class JsonText
{
    /// <summary>Nesting is bounded where the client's document is read first; here nothing may fail because of it.</summary>
    private const int MaxDepth = 1000;

    public static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = MaxDepth };

    public static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };

    public static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
        MaxDepth = MaxDepth,
    };

    private static readonly SearchValues<byte> MustEscape = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(b => (byte)b), (byte)'"', (byte)'\\']);

    /// <summary>The value as it stands in its document.</summary>
    public static ReadOnlySpan<byte> Raw(JsonElement value) => JsonMarshal.GetRawUtf8Value(value);

    /// <summary>A string value as it stands in its document, without the quotes and still escaped.</summary>
    public static ReadOnlySpan<byte> RawInner(JsonElement text) => Raw(text)[1..^1];

    /// <summary>The member, when it is there and not null.</summary>
    public static bool TryGet(JsonElement parent, ReadOnlySpan<byte> name, out JsonElement value) =>
        parent.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    public static bool TryGet(JsonElement parent, string name, out JsonElement value) =>
        parent.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    public static bool IsText(JsonElement value, ReadOnlySpan<byte> text) =>
        value.ValueKind == JsonValueKind.String && value.ValueEquals(text);

    /// <summary>The string holds nothing but white space, however it is escaped.</summary>
    public static bool IsBlank(JsonElement text)
    {
        var raw = RawInner(text).TrimStart((byte)' ');
        return raw.IsEmpty || (raw[0] is (byte)'\\' or >= 0x80 && string.IsNullOrWhiteSpace(text.GetString()));
    }

    /// <summary>A request field with this value asks for something; one that is off or empty does not.</summary>
    public static bool ChangesTheAnswer(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => false,
        JsonValueKind.Object => value.EnumerateObject().Any(),
        JsonValueKind.Array => value.GetArrayLength() > 0,
        _ => true,
    };

    public static void WriteRaw(this Utf8JsonWriter json, string name, JsonElement value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(Raw(value), skipInputValidation: true);
    }

    public static void WriteRaw(this Utf8JsonWriter json, ReadOnlySpan<byte> name, JsonElement value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(Raw(value), skipInputValidation: true);
    }

    /// <summary>The string, or an empty one where there is none.</summary>
    public static void WriteRawOrEmpty(this Utf8JsonWriter json, ReadOnlySpan<byte> name, JsonElement text)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(text.ValueKind == JsonValueKind.String ? Raw(text) : "\"\""u8, skipInputValidation: true);
    }

    /// <summary>Lower bound of the bytes that an escaped string decodes to.</summary>
    public static int DecodedLength(ReadOnlySpan<byte> escaped)
    {
        var length = 0;
        for (var at = 0; at < escaped.Length; length++)
        {
            var next = escaped[at..].IndexOf((byte)'\\');
            if (next < 0)
            {
                return length + escaped.Length - at;
            }

            length += next;
            at += next + (escaped[at + next + 1] == (byte)'u' ? 6 : 2);
        }

        return length;
    }

    /// <summary>Writes JSON text as a JSON string that holds it.</summary>
    public static void WriteAsString(this PooledBuffer output, ReadOnlySpan<byte> jsonText)
    {
        output.Write("\""u8);
        while (jsonText.IndexOfAny(MustEscape) is >= 0 and var at)
        {
            output.Write(jsonText[..at]);
            output.Write(jsonText[at] switch
            {
                (byte)'"' => "\\\""u8,
                (byte)'\\' => "\\\\"u8,
                (byte)'\n' => "\\n"u8,
                (byte)'\r' => "\\r"u8,
                // JSON text holds no other control character than tab outside of strings, and none inside.
                _ => "\\t"u8,
            });
            jsonText = jsonText[(at + 1)..];
        }

        output.Write(jsonText);
        output.Write("\""u8);
    }

    public static void WriteNumber(this PooledBuffer output, long number)
    {
        Utf8Formatter.TryFormat(number, output.GetSpan(20), out var written);
        output.Advance(written);
    }

    /// <summary>Nanoseconds as milliseconds, to the microsecond.</summary>
    public static void WriteMilliseconds(this PooledBuffer output, long nanoseconds)
    {
        Utf8Formatter.TryFormat(nanoseconds / 1e6, output.GetSpan(32), out var written, new StandardFormat('F', 3));
        output.Advance(written);
    }
}

using System.Text.Json;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Anthropic;

/// <summary>What a content block, or a delta of one, is.</summary>
internal enum PartKind
{
    Unknown,
    Text,
    Thinking,
    RedactedThinking,
    ToolUse,

    /// <summary>A piece of a tool's input, as text.</summary>
    InputJson,
    Signature,

    /// <summary>Where a text comes from; OpenAI has no place for it.</summary>
    Citations,
}

/// <summary>
/// A content block, or a delta of one, in the document it was read from. Values are not decoded, only found: each range is a JSON value.
/// </summary>
internal struct ContentPart
{
    public PartKind Kind;

    /// <summary><c>text</c>, <c>thinking</c>, <c>partial_json</c> or <c>data</c>, whichever the kind has; a JSON string.</summary>
    public ByteRange Text;

    public ByteRange Signature;
    public ByteRange Id;
    public ByteRange Name;

    /// <summary>A tool's input, a JSON object.</summary>
    public ByteRange Input;

    /// <summary>In OpenAI's words; the delta of a message has it.</summary>
    public string? FinishReason;

    public readonly bool HasText => Text.Length > 2;

    public readonly bool HasSignature => Signature.Length > 2;

    /// <summary>There is more than an empty object.</summary>
    public readonly bool HasInput => Input.Length > 2;

    /// <summary>Reads the object that the reader stands on; false when it has not what its kind must have.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, out ContentPart part)
    {
        part = default;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }

        var isGood = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            isGood &= part.ReadMember(ref reader);
        }

        return isGood && part.Kind switch
        {
            PartKind.Text or PartKind.Thinking or PartKind.InputJson or PartKind.RedactedThinking => !part.Text.IsEmpty,
            PartKind.ToolUse => part.Id.Length > 2 && part.Name.Length > 2,
            PartKind.Signature => !part.Signature.IsEmpty,
            _ => true,
        };
    }

    private bool ReadMember(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("type"u8))
        {
            reader.Read();
            Kind = ReadKind(ref reader);
            return true;
        }

        if (reader.ValueTextEquals("text"u8) || reader.ValueTextEquals("thinking"u8) || reader.ValueTextEquals("partial_json"u8) || reader.ValueTextEquals("data"u8))
        {
            return TryFind(ref reader, JsonTokenType.String, ref Text);
        }

        if (reader.ValueTextEquals("signature"u8))
        {
            return TryFind(ref reader, JsonTokenType.String, ref Signature);
        }

        if (reader.ValueTextEquals("id"u8))
        {
            return TryFind(ref reader, JsonTokenType.String, ref Id);
        }

        if (reader.ValueTextEquals("name"u8))
        {
            return TryFind(ref reader, JsonTokenType.String, ref Name);
        }

        if (reader.ValueTextEquals("input"u8))
        {
            return TryFind(ref reader, JsonTokenType.StartObject, ref Input);
        }

        var isReason = reader.ValueTextEquals("stop_reason"u8);
        reader.Read();
        if (isReason)
        {
            FinishReason = StopReasons.Read(ref reader);
        }
        else
        {
            reader.Skip();
        }

        return true;
    }

    private static PartKind ReadKind(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return PartKind.Unknown;
        }

        return reader.ValueTextEquals("text_delta"u8) || reader.ValueTextEquals("text"u8) ? PartKind.Text
            : reader.ValueTextEquals("input_json_delta"u8) ? PartKind.InputJson
            : reader.ValueTextEquals("thinking_delta"u8) || reader.ValueTextEquals("thinking"u8) ? PartKind.Thinking
            : reader.ValueTextEquals("signature_delta"u8) ? PartKind.Signature
            : reader.ValueTextEquals("tool_use"u8) ? PartKind.ToolUse
            : reader.ValueTextEquals("redacted_thinking"u8) ? PartKind.RedactedThinking
            : reader.ValueTextEquals("citations_delta"u8) ? PartKind.Citations
            : PartKind.Unknown;
    }

    /// <summary>Takes the place of the value; null leaves it empty, another type is a fault.</summary>
    private static bool TryFind(ref Utf8JsonReader reader, JsonTokenType expected, ref ByteRange range)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        var type = reader.TokenType;
        reader.Skip();
        if (type == JsonTokenType.Null)
        {
            return true;
        }

        range = new ByteRange(start, (int)reader.BytesConsumed - start);
        return type == expected;
    }
}

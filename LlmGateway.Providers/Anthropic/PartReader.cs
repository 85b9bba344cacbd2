using System.Text.Json;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>Finds the parts of a content block, or of a delta of one, in Anthropic's JSON.</summary>
internal static class PartReader
{
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
            isGood &= ReadMember(ref reader, ref part);
        }

        return isGood && part.IsComplete;
    }

    private static bool ReadMember(ref Utf8JsonReader reader, ref ContentPart part)
    {
        if (reader.ValueTextEquals("type"u8))
        {
            reader.Read();
            part.Kind = ReadKind(ref reader);
            return true;
        }

        if (reader.ValueTextEquals("text"u8) || reader.ValueTextEquals("thinking"u8) || reader.ValueTextEquals("partial_json"u8) || reader.ValueTextEquals("data"u8))
        {
            return JsonFinder.TryFind(ref reader, JsonTokenType.String, ref part.Text);
        }

        if (reader.ValueTextEquals("signature"u8))
        {
            return JsonFinder.TryFind(ref reader, JsonTokenType.String, ref part.Signature);
        }

        if (reader.ValueTextEquals("id"u8))
        {
            return JsonFinder.TryFind(ref reader, JsonTokenType.String, ref part.Id);
        }

        if (reader.ValueTextEquals("name"u8))
        {
            return JsonFinder.TryFind(ref reader, JsonTokenType.String, ref part.Name);
        }

        if (reader.ValueTextEquals("input"u8))
        {
            return JsonFinder.TryFind(ref reader, JsonTokenType.StartObject, ref part.Input);
        }

        var isReason = reader.ValueTextEquals("stop_reason"u8);
        reader.Read();
        if (isReason)
        {
            part.FinishReason = StopReasons.Read(ref reader);
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
}

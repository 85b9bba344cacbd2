using System.Text.Json;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Bedrock;

/// <summary>
/// Finds the parts of a content block of Converse, of a block's start or of a delta: an object whose one member names its kind. Base64 of
/// redacted thoughts is passed on as it is.
/// </summary>
internal static class BlockReader
{
    /// <summary>Reads the object that the reader stands on; false when it has not what its kind must have, or is of several kinds.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, out ContentPart part)
    {
        part = default;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }

        var isGood = true;
        var kinds = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var before = part.Kind;
            isGood &= ReadMember(ref reader, ref part);
            kinds += part.Kind != before || part.Kind == PartKind.Unknown ? 1 : 0;
        }

        return isGood && kinds == 1 && part.IsComplete;
    }

    private static bool ReadMember(ref Utf8JsonReader reader, ref ContentPart part)
    {
        if (reader.ValueTextEquals("text"u8))
        {
            part.Kind = PartKind.Text;
            return JsonFinder.TryFind(ref reader, JsonTokenType.String, ref part.Text);
        }

        var isTool = reader.ValueTextEquals("toolUse"u8);
        var isReasoning = reader.ValueTextEquals("reasoningContent"u8);
        part.Kind = reader.ValueTextEquals("citation"u8) ? PartKind.Citations : PartKind.Unknown;
        reader.Read();
        if (isTool)
        {
            return TryReadTool(ref reader, ref part);
        }

        if (isReasoning)
        {
            return TryReadReasoning(ref reader, ref part);
        }

        reader.Skip();
        return true;
    }

    private static bool TryReadTool(ref Utf8JsonReader reader, ref ContentPart part)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }

        part.Kind = PartKind.ToolUse;
        var isGood = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("toolUseId"u8))
            {
                isGood &= JsonFinder.TryFind(ref reader, JsonTokenType.String, ref part.Id);
            }
            else if (reader.ValueTextEquals("name"u8))
            {
                isGood &= JsonFinder.TryFind(ref reader, JsonTokenType.String, ref part.Name);
            }
            else if (reader.ValueTextEquals("input"u8))
            {
                isGood &= TryReadInput(ref reader, ref part);
            }
            else
            {
                // A tool that the server itself has called is of another type, and its result would be missing.
                isGood &= !reader.ValueTextEquals("type"u8);
                reader.Read();
                reader.Skip();
            }
        }

        return isGood;
    }

    /// <summary>The whole input is an object, a piece of it in a delta is text.</summary>
    private static bool TryReadInput(ref Utf8JsonReader reader, ref ContentPart part)
    {
        reader.Read();
        var isPiece = reader.TokenType == JsonTokenType.String;
        var isGood = isPiece || reader.TokenType == JsonTokenType.StartObject;
        var range = JsonFinder.Take(ref reader);
        if (isPiece)
        {
            part.Kind = PartKind.InputJson;
            part.Text = range;
        }
        else
        {
            part.Input = range;
        }

        return isGood;
    }

    /// <summary>In an answer <c>reasoningText</c> holds text and signature; in a delta they stand alone.</summary>
    private static bool TryReadReasoning(ref Utf8JsonReader reader, ref ContentPart part)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }

        var isGood = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("reasoningText"u8))
            {
                reader.Read();
                isGood &= TryReadReasoning(ref reader, ref part);
            }
            else if (reader.ValueTextEquals("text"u8))
            {
                part.Kind = PartKind.Thinking;
                isGood &= JsonFinder.TryFind(ref reader, JsonTokenType.String, ref part.Text);
            }
            else if (reader.ValueTextEquals("signature"u8))
            {
                part.Kind = part.Kind == PartKind.Unknown ? PartKind.Signature : part.Kind;
                isGood &= JsonFinder.TryFind(ref reader, JsonTokenType.String, ref part.Signature);
            }
            else if (reader.ValueTextEquals("redactedContent"u8))
            {
                part.Kind = PartKind.RedactedThinking;
                isGood &= JsonFinder.TryFind(ref reader, JsonTokenType.String, ref part.Text);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return isGood;
    }
}

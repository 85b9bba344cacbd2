using System.Text.Json;

namespace LlmGateway.Core.Protocol;

/// <summary>Reads the <c>choices</c> of a whole answer and keeps what is wrong with them.</summary>
internal struct ChoiceList(bool isChat)
{
    private string? _fault;

    public int Count { get; private set; }

    public string? FinishReason { get; private set; }

    /// <summary>What is wrong; null when each choice that was asked for is there and whole.</summary>
    public readonly string? Fault(int expected) => _fault
        ?? (Count == 0 ? "a malformed answer"
            : Count < expected ? FormattableString.Invariant($"{Count} of the {expected} choices that were asked for")
            : null);

    /// <summary>Reads the array that the reader stands on.</summary>
    public void Read(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Count++;
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                _fault ??= "a malformed answer";
                reader.Skip();
                continue;
            }

            ReadChoice(ref reader);
        }
    }

    private void ReadChoice(ref Utf8JsonReader reader)
    {
        string? reason = null;
        var hasPart = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("finish_reason"u8))
            {
                reader.Read();
                reason = FinishReasons.Read(ref reader);
                continue;
            }

            var isPart = reader.ValueTextEquals(isChat ? "message"u8 : "text"u8);
            reader.Read();
            if (isPart)
            {
                hasPart = isChat ? ReadMessage(ref reader) : reader.TokenType == JsonTokenType.String;
            }

            reader.Skip();
        }

        FinishReason = reason ?? FinishReason;
        _fault ??= reason is null ? "an answer without a finish reason"
            : !hasPart ? isChat ? "an answer without a message" : "an answer without a text"
            : null;
    }

    /// <summary>Whether it is an object whose content has a form that clients know.</summary>
    private static bool ReadMessage(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        var isGood = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isContent = reader.ValueTextEquals("content"u8);
            var isCalls = reader.ValueTextEquals("tool_calls"u8);
            reader.Read();
            isGood &= (!isContent && !isCalls)
                || reader.TokenType is JsonTokenType.StartArray or JsonTokenType.Null
                || (isContent && reader.TokenType == JsonTokenType.String);
            reader.Skip();
        }

        return isGood;
    }
}

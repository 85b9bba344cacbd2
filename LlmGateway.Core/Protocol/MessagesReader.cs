using System.Text.Json;
using LlmGateway.Core.Errors;

namespace LlmGateway.Core.Protocol;

/// <summary>Checks the <c>messages</c> of a chat request: enough to answer a mistake clearly, never more than the protocol demands.</summary>
internal static class MessagesReader
{
    public static GatewayError? Read(RequestView view, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return reader.TokenType == JsonTokenType.Null
                ? ParameterRules.Missing("messages")
                : ParameterRules.InvalidType("messages", "an array of objects", reader.TokenType);
        }

        GatewayError? error = null;
        var index = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            // One mistake is told; a body made of nothing else must not cost an error each.
            if (error is null)
            {
                error = ReadMessage(view, index, ref reader);
            }
            else
            {
                reader.Skip();
            }

            index++;
        }

        return index == 0
            ? GatewayError.Invalid("messages", "empty_array", "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.")
            : error;
    }

    private static GatewayError? ReadMessage(RequestView view, int index, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            var got = reader.TokenType;
            reader.Skip();
            return ParameterRules.InvalidType($"messages[{index}]", "an object", got);
        }

        GatewayError? error = null;
        var role = Role.Missing;
        var hasContent = false;
        var hasCalls = false;
        var seenContent = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("role"u8))
            {
                reader.Read();
                error ??= role == Role.Missing ? null : Duplicate(index, "role");
                role = ReadRole(ref reader);
            }
            else if (reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                error ??= seenContent ? Duplicate(index, "content") : null;
                seenContent = true;
                hasContent = reader.TokenType != JsonTokenType.Null;
                var contentError = ReadContent(view, index, ref reader);
                error ??= contentError;
            }
            else
            {
                hasCalls |= reader.ValueTextEquals("tool_calls"u8) || reader.ValueTextEquals("function_call"u8)
                    || reader.ValueTextEquals("refusal"u8) || reader.ValueTextEquals("audio"u8);
                reader.Read();
                reader.Skip();
            }
        }

        return error ?? CheckMessage(index, role, hasContent, hasCalls);
    }

    private static GatewayError? CheckMessage(int index, Role role, bool hasContent, bool hasCalls) => role switch
    {
        Role.Missing => ParameterRules.Missing($"messages[{index}].role"),
        Role.Unknown => GatewayError.Invalid(
            $"messages[{index}].role", "invalid_value",
            $"Invalid value for 'messages[{index}].role': supported values are 'system', 'developer', 'user', 'assistant', 'tool' and 'function'."),
        Role.Assistant or Role.Function when hasContent || hasCalls || role == Role.Function => null,
        _ when hasContent => null,
        _ => ParameterRules.Missing($"messages[{index}].content"),
    };

    private static Role ReadRole(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return Role.Unknown;
        }

        return reader.ValueTextEquals("user"u8) || reader.ValueTextEquals("system"u8) || reader.ValueTextEquals("developer"u8)
            || reader.ValueTextEquals("tool"u8) ? Role.Plain
            : reader.ValueTextEquals("assistant"u8) ? Role.Assistant
            : reader.ValueTextEquals("function"u8) ? Role.Function
            : Role.Unknown;
    }

    private static GatewayError? ReadContent(RequestView view, int index, ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String or JsonTokenType.Null:
                return null;
            case JsonTokenType.StartArray:
                return ReadParts(view, index, ref reader);
            default:
                var got = reader.TokenType;
                reader.Skip();
                return ParameterRules.InvalidType($"messages[{index}].content", "a string or an array of content parts", got);
        }
    }

    private static GatewayError? ReadParts(RequestView view, int index, ref Utf8JsonReader reader)
    {
        GatewayError? error = null;
        var part = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; part++)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                error ??= ParameterRules.InvalidType($"messages[{index}].content[{part}]", "an object", reader.TokenType);
                reader.Skip();
                continue;
            }

            var hasType = false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = reader.ValueTextEquals("type"u8);
                reader.Read();
                hasType |= isType && reader.TokenType == JsonTokenType.String;
                view.HasImages |= isType && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("image_url"u8);
                reader.Skip();
            }

            error ??= hasType ? null : ParameterRules.Missing($"messages[{index}].content[{part}].type");
        }

        return part == 0
            ? GatewayError.Invalid($"messages[{index}].content", "empty_array", $"Invalid 'messages[{index}].content': empty array. Expected an array with minimum length 1, but got an empty array instead.")
            : error;
    }

    private static GatewayError Duplicate(int index, string name) => ParameterRules.Duplicate($"messages[{index}].{name}");

    private enum Role
    {
        Missing,
        Unknown,
        Plain,
        Assistant,
        Function,
    }
}

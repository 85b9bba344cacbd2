using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>
/// Writes OpenAI's messages as <c>system</c> and <c>messages</c>. Anthropic knows two speakers who take turns: messages of the same
/// side become one turn, results of tools belong to the user's and come first in it, and what has no content is left out, because
/// nothing empty is accepted. Messages of the roles <c>system</c> and <c>developer</c> go to <c>system</c> wherever they stand.
/// </summary>
internal sealed class MessagesWriter(Utf8JsonWriter json)
{
    private readonly ContentWriter _content = new(json);
    private readonly List<(JsonElement Message, string Path)> _turn = [];

    public GatewayError? Write(JsonElement messages)
    {
        if (WriteSystem(messages) is { } error)
        {
            return error;
        }

        json.WriteStartArray("messages"u8);
        var isAssistant = false;
        var index = 0;
        var turns = 0;
        foreach (var message in messages.EnumerateArray())
        {
            var path = $"messages[{index++}]";
            var role = message.GetProperty("role"u8);
            if (CheckMessage(message, role, path) is { } unsupported)
            {
                return unsupported;
            }

            if (IsSystem(role) || IsEmpty(message, role))
            {
                continue;
            }

            var side = JsonText.IsText(role, "assistant"u8);
            if (_turn.Count > 0 && side != isAssistant)
            {
                error = WriteTurn(isAssistant);
                if (error is not null)
                {
                    return error;
                }
            }

            turns++;
            isAssistant = side;
            _turn.Add((message, path));
        }

        error = turns == 0
            ? GatewayError.Invalid("messages", "invalid_value", "Invalid 'messages': this model needs at least one message of the user or the assistant that is not empty.")
            : WriteTurn(isAssistant);
        json.WriteEndArray();
        return error;
    }

    private static bool IsSystem(JsonElement role) => JsonText.IsText(role, "system"u8) || JsonText.IsText(role, "developer"u8);

    private static GatewayError? CheckMessage(JsonElement message, JsonElement role, string path)
    {
        if (JsonText.IsText(role, "function"u8) || JsonText.TryGet(message, "function_call"u8, out _))
        {
            return FieldPolicy.Unsupported(path, "This model knows no function calls of the old form; use 'tool_calls' and messages of the role 'tool'.");
        }

        return JsonText.TryGet(message, "audio"u8, out _) ? FieldPolicy.Unsupported($"{path}.audio") : null;
    }

    /// <summary>Nothing of the message would be left.</summary>
    private static bool IsEmpty(JsonElement message, JsonElement role) =>
        !JsonText.IsText(role, "tool"u8)
        && !HasItems(message, "tool_calls"u8)
        && !HasItems(message, "thinking_blocks"u8)
        && ((!JsonText.TryGet(message, "content"u8, out var content) && !JsonText.TryGet(message, "refusal"u8, out content)) || ContentWriter.IsEmpty(content));

    private static bool HasItems(JsonElement message, ReadOnlySpan<byte> name) =>
        JsonText.TryGet(message, name, out var items) && (items.ValueKind != JsonValueKind.Array || items.GetArrayLength() > 0);

    private GatewayError? WriteSystem(JsonElement messages)
    {
        var index = 0;
        var hasSystem = false;
        foreach (var message in messages.EnumerateArray())
        {
            var path = $"messages[{index++}]";
            var role = message.GetProperty("role"u8);
            if (!IsSystem(role) || IsEmpty(message, role))
            {
                continue;
            }

            if (!hasSystem)
            {
                json.WriteStartArray("system"u8);
                hasSystem = true;
            }

            if (_content.Write(message, path, ContentKinds.Text) is { } error)
            {
                return error;
            }
        }

        if (hasSystem)
        {
            json.WriteEndArray();
        }

        return null;
    }

    private GatewayError? WriteTurn(bool isAssistant)
    {
        json.WriteStartObject();
        json.WriteString("role"u8, isAssistant ? "assistant"u8 : "user"u8);
        json.WriteStartArray("content"u8);
        var error = isAssistant ? WriteAssistant() : WriteUser();
        json.WriteEndArray();
        json.WriteEndObject();
        _turn.Clear();
        return error;
    }

    private GatewayError? WriteUser()
    {
        foreach (var (message, path) in _turn)
        {
            if (JsonText.IsText(message.GetProperty("role"u8), "tool"u8) && WriteToolResult(message, path) is { } error)
            {
                return error;
            }
        }

        foreach (var (message, path) in _turn)
        {
            if (!JsonText.IsText(message.GetProperty("role"u8), "tool"u8) && _content.Write(message, path, ContentKinds.All) is { } error)
            {
                return error;
            }
        }

        return null;
    }

    private GatewayError? WriteToolResult(JsonElement message, string path)
    {
        if (!JsonText.TryGet(message, "tool_call_id"u8, out var id) || id.ValueKind != JsonValueKind.String)
        {
            return GatewayError.Invalid($"{path}.tool_call_id", "missing_required_parameter", $"Missing required parameter: '{path}.tool_call_id'.");
        }

        json.WriteStartObject();
        json.WriteString("type"u8, "tool_result"u8);
        json.WriteRaw("tool_use_id"u8, id);
        GatewayError? error = null;
        if (JsonText.TryGet(message, "content"u8, out var content) && !ContentWriter.IsEmpty(content))
        {
            json.WritePropertyName("content"u8);
            if (content.ValueKind == JsonValueKind.String)
            {
                json.WriteRawValue(JsonText.Raw(content), skipInputValidation: true);
            }
            else
            {
                json.WriteStartArray();
                error = _content.WriteParts(content, path, ContentKinds.All);
                json.WriteEndArray();
            }
        }

        if (JsonText.TryGet(message, "cache_control"u8, out var cache))
        {
            json.WriteRaw("cache_control"u8, cache);
        }

        json.WriteEndObject();
        return error;
    }

    private GatewayError? WriteAssistant()
    {
        foreach (var (message, path) in _turn)
        {
            ThinkingBlocks.Write(message, json);
            if ((_content.Write(message, path, ContentKinds.Text) ?? WriteToolCalls(message, path)) is { } error)
            {
                return error;
            }
        }

        return null;
    }

    private GatewayError? WriteToolCalls(JsonElement message, string path)
    {
        if (!JsonText.TryGet(message, "tool_calls"u8, out var calls))
        {
            return null;
        }

        if (calls.ValueKind != JsonValueKind.Array)
        {
            return GatewayError.Invalid($"{path}.tool_calls", "invalid_type", $"Invalid type for '{path}.tool_calls': expected an array of objects.");
        }

        var index = 0;
        foreach (var call in calls.EnumerateArray())
        {
            if (WriteToolCall(call, $"{path}.tool_calls[{index++}]") is { } error)
            {
                return error;
            }
        }

        return null;
    }

    private GatewayError? WriteToolCall(JsonElement call, string path)
    {
        if (call.ValueKind != JsonValueKind.Object
            || !JsonText.TryGet(call, "function"u8, out var function) || function.ValueKind != JsonValueKind.Object
            || !JsonText.TryGet(function, "name"u8, out var name) || name.ValueKind != JsonValueKind.String)
        {
            return GatewayError.Invalid($"{path}.function", "invalid_type", $"Invalid '{path}': only calls of functions with a name can be sent to this model.");
        }

        if (!JsonText.TryGet(call, "id"u8, out var id) || id.ValueKind != JsonValueKind.String)
        {
            return GatewayError.Invalid($"{path}.id", "missing_required_parameter", $"Missing required parameter: '{path}.id'.");
        }

        json.WriteStartObject();
        json.WriteString("type"u8, "tool_use"u8);
        json.WriteRaw("id"u8, id);
        json.WriteRaw("name"u8, name);
        var error = ToolArguments.WriteObject(function, "input"u8, $"{path}.function.arguments", json);
        json.WriteEndObject();
        return error;
    }
}

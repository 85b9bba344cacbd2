using System.Text.Json;
using LlmGateway.Core.Errors;

namespace LlmGateway.Providers.Translation;

/// <summary>
/// Writes OpenAI's messages as <c>system</c> and <c>messages</c>, for APIs that know two speakers who take turns, as Anthropic's and
/// Bedrock's do: messages of the same side become one turn, results of tools belong to the user's and come first in it, and what has no
/// content is left out, because nothing blank is accepted. Messages of the roles <c>system</c> and <c>developer</c> go to <c>system</c>
/// wherever they stand.
/// </summary>
/// <param name="json">Receives the members.</param>
/// <param name="content">Writes the content of messages in the API's form.</param>
/// <param name="longestId">The most characters of the id of a tool call.</param>
/// <param name="longestName">The most characters of a tool's name.</param>
internal abstract class TurnsWriter(Utf8JsonWriter json, ContentWriter content, int longestId, int longestName)
{
    private readonly ToolIds _ids = new(longestId);
    private readonly List<(JsonElement Message, string Path)> _turn = [];

    protected Utf8JsonWriter Json { get; } = json;

    protected ContentWriter Content { get; } = content;

    public GatewayError? Write(JsonElement messages)
    {
        if (WriteSystem(messages) is { } error)
        {
            return error;
        }

        Json.WriteStartArray("messages"u8);
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
        Json.WriteEndArray();
        return error;
    }

    /// <summary>Writes the result of a tool, a message of its own at OpenAI, as a block of the user's turn.</summary>
    protected abstract GatewayError? WriteToolResult(JsonElement message, string id, string path);

    /// <summary>Writes a call of a tool as a block of the assistant's turn.</summary>
    /// <param name="id">In a form that the API takes.</param>
    /// <param name="name">The function's name, a string.</param>
    /// <param name="function">Holds <c>arguments</c>.</param>
    /// <param name="path">Where the arguments stand, for the error.</param>
    protected abstract GatewayError? WriteToolCall(string id, JsonElement name, JsonElement function, string path);

    /// <summary>Writes the thoughts that an assistant's message gives back.</summary>
    protected abstract void WriteThinking(JsonElement message);

    /// <summary>What the API cannot express.</summary>
    protected abstract GatewayError Unsupported(string param, string message);

    private static bool IsSystem(JsonElement role) => JsonText.IsText(role, "system"u8) || JsonText.IsText(role, "developer"u8);

    private GatewayError? CheckMessage(JsonElement message, JsonElement role, string path)
    {
        if (JsonText.IsText(role, "function"u8) || JsonText.TryGet(message, "function_call"u8, out _))
        {
            return Unsupported(path, "This model knows no function calls of the old form; use 'tool_calls' and messages of the role 'tool'.");
        }

        return JsonText.TryGet(message, "audio"u8, out _) ? Unsupported($"{path}.audio", "This model takes no audio.") : null;
    }

    /// <summary>Nothing of the message would be left.</summary>
    private static bool IsEmpty(JsonElement message, JsonElement role) =>
        !JsonText.IsText(role, "tool"u8)
        && !HasItems(message, "tool_calls"u8)
        && !HasItems(message, "thinking_blocks"u8)
        && ((!JsonText.TryGet(message, "content"u8, out var text) && !JsonText.TryGet(message, "refusal"u8, out text)) || ContentWriter.IsEmpty(text));

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
                Json.WriteStartArray("system"u8);
                hasSystem = true;
            }

            if (Content.Write(message, path, ContentKinds.Text) is { } error)
            {
                return error;
            }
        }

        if (hasSystem)
        {
            Json.WriteEndArray();
        }

        return null;
    }

    private GatewayError? WriteTurn(bool isAssistant)
    {
        Json.WriteStartObject();
        Json.WriteString("role"u8, isAssistant ? "assistant"u8 : "user"u8);
        Json.WriteStartArray("content"u8);
        var error = isAssistant ? WriteAssistant() : WriteUser();
        Json.WriteEndArray();
        Json.WriteEndObject();
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
            if (!JsonText.IsText(message.GetProperty("role"u8), "tool"u8) && Content.Write(message, path, ContentKinds.All) is { } error)
            {
                return error;
            }
        }

        return null;
    }

    private GatewayError? WriteToolResult(JsonElement message, string path) =>
        JsonText.TryGet(message, "tool_call_id"u8, out var id) && id.ValueKind == JsonValueKind.String
            ? WriteToolResult(message, _ids.OfResult(id.GetString()!), path)
            : GatewayError.Invalid($"{path}.tool_call_id", "missing_required_parameter", $"Missing required parameter: '{path}.tool_call_id'.");

    private GatewayError? WriteAssistant()
    {
        _ids.BeginTurn();
        foreach (var (message, path) in _turn)
        {
            WriteThinking(message);
            if ((Content.Write(message, path, ContentKinds.Text) ?? WriteToolCalls(message, path)) is { } error)
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

        if (!ToolIds.IsGood(name.GetString()!, longestName))
        {
            return Unsupported($"{path}.function.name", $"This model takes names of tools of up to {longestName} letters, digits, '_' and '-' only.");
        }

        if (!JsonText.TryGet(call, "id"u8, out var id) || id.ValueKind != JsonValueKind.String)
        {
            return GatewayError.Invalid($"{path}.id", "missing_required_parameter", $"Missing required parameter: '{path}.id'.");
        }

        return WriteToolCall(_ids.OfCall(id.GetString()!), name, function, $"{path}.function.arguments");
    }
}

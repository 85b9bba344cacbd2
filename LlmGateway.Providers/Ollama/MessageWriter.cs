using System.Buffers;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Ollama;

/// <summary>
/// Writes OpenAI's messages as Ollama's: one string of text per message, images beside it as bare base64, tool arguments as an
/// object, and the name of the tool (not only the id of the call) on its result. Several text parts become one text with line feeds
/// between them.
/// </summary>
internal sealed class MessageWriter(Utf8JsonWriter json) : IDisposable
{
    private readonly PooledBuffer _joined = new();
    private Dictionary<string, JsonElement>? _toolNames;

    /// <summary>Lower bound of the bytes of text in all messages.</summary>
    public long TextBytes { get; private set; }

    public void Dispose() => _joined.Dispose();

    public GatewayError? Write(JsonElement messages)
    {
        json.WriteStartArray("messages"u8);
        var index = 0;
        foreach (var message in messages.EnumerateArray())
        {
            if (WriteMessage(message, $"messages[{index++}]") is { } error)
            {
                return error;
            }
        }

        json.WriteEndArray();
        return null;
    }

    private GatewayError? WriteMessage(JsonElement message, string path)
    {
        var role = message.GetProperty("role"u8);
        if (JsonText.IsText(role, "function"u8) || JsonText.TryGet(message, "function_call"u8, out _))
        {
            return FieldPolicy.Unsupported(path, "Ollama knows no function calls of the old form; use 'tool_calls' and messages of the role 'tool'.");
        }

        if (JsonText.TryGet(message, "audio"u8, out _))
        {
            return FieldPolicy.Unsupported($"{path}.audio");
        }

        json.WriteStartObject();
        // Ollama's templates know no developer: it is the newer name of the same role.
        json.WriteString("role"u8, JsonText.IsText(role, "developer"u8) ? "system"u8 : JsonText.RawInner(role));
        var error = WriteContent(message, path);
        if (error is null && JsonText.IsText(role, "assistant"u8))
        {
            WriteThinking(message);
            error = WriteToolCalls(message, path);
        }
        else if (error is null && JsonText.IsText(role, "tool"u8))
        {
            WriteToolResult(message);
        }

        json.WriteEndObject();
        return error;
    }

    private GatewayError? WriteContent(JsonElement message, string path)
    {
        if (!JsonText.TryGet(message, "content"u8, out var content) && !JsonText.TryGet(message, "refusal"u8, out content))
        {
            json.WriteString("content"u8, ""u8);
            return null;
        }

        if (content.ValueKind == JsonValueKind.String)
        {
            TextBytes += JsonText.DecodedLength(JsonText.RawInner(content));
            json.WriteRaw("content"u8, content);
            return null;
        }

        return content.ValueKind == JsonValueKind.Array
            ? JoinParts(content, path, out var images) ?? WriteImages(content, images, path)
            : GatewayError.Invalid($"{path}.content", "invalid_type", $"Invalid type for '{path}.content': expected a string or an array of content parts.");
    }

    private GatewayError? JoinParts(JsonElement parts, string path, out int images)
    {
        images = 0;
        _joined.Clear();
        _joined.Write("\""u8);
        var index = 0;
        foreach (var part in parts.EnumerateArray())
        {
            var at = index++;
            var type = part.GetProperty("type"u8);
            if (type.ValueEquals("image_url"u8))
            {
                images++;
                continue;
            }

            var name = type.ValueEquals("refusal"u8) ? "refusal" : "text";
            if (!type.ValueEquals(name))
            {
                return FieldPolicy.Unsupported($"{path}.content[{at}]", $"Ollama takes texts and images only, not content parts of the type '{type.GetString()}'.");
            }

            if (!part.TryGetProperty(name, out var text) || text.ValueKind != JsonValueKind.String)
            {
                return GatewayError.Invalid(
                    $"{path}.content[{at}].{name}", "invalid_type", $"Invalid type for '{path}.content[{at}].{name}': expected a string.");
            }

            if (_joined.Length > 1)
            {
                _joined.Write("\\n"u8);
            }

            var inner = JsonText.RawInner(text);
            TextBytes += JsonText.DecodedLength(inner);
            _joined.Write(inner);
        }

        _joined.Write("\""u8);
        json.WritePropertyName("content"u8);
        json.WriteRawValue(_joined.WrittenSpan, skipInputValidation: true);
        return null;
    }

    private GatewayError? WriteImages(JsonElement parts, int count, string path)
    {
        if (count == 0)
        {
            return null;
        }

        json.WriteStartArray("images"u8);
        var index = 0;
        foreach (var part in parts.EnumerateArray())
        {
            var at = index++;
            if (part.GetProperty("type"u8).ValueEquals("image_url"u8) && !ImageUrl.TryWrite(part, json))
            {
                return GatewayError.Invalid(
                    $"{path}.content[{at}].image_url",
                    "invalid_image_url",
                    "Images for this model must be sent inside the request, as a URL of the form 'data:image/png;base64,…'; the gateway fetches no addresses for its clients.");
            }
        }

        json.WriteEndArray();
        return null;
    }

    private void WriteThinking(JsonElement message)
    {
        if ((JsonText.TryGet(message, "reasoning_content"u8, out var thinking) || JsonText.TryGet(message, "reasoning"u8, out thinking))
            && thinking.ValueKind == JsonValueKind.String)
        {
            json.WriteRaw("thinking"u8, thinking);
        }
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

        json.WriteStartArray("tool_calls"u8);
        var index = 0;
        foreach (var call in calls.EnumerateArray())
        {
            if (WriteToolCall(call, $"{path}.tool_calls[{index++}]") is { } error)
            {
                return error;
            }
        }

        json.WriteEndArray();
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

        json.WriteStartObject();
        if (JsonText.TryGet(call, "id"u8, out var id) && id.ValueKind == JsonValueKind.String)
        {
            json.WriteRaw("id"u8, id);
            (_toolNames ??= [])[id.GetString()!] = name;
        }

        json.WriteStartObject("function"u8);
        json.WriteRaw("name"u8, name);
        var error = ToolArguments.WriteObject(function, "arguments"u8, $"{path}.function.arguments", json);
        json.WriteEndObject();
        json.WriteEndObject();
        return error;
    }

    private void WriteToolResult(JsonElement message)
    {
        JsonElement known = default;
        var hasId = JsonText.TryGet(message, "tool_call_id"u8, out var id) && id.ValueKind == JsonValueKind.String;
        if ((JsonText.TryGet(message, "name"u8, out var name) && name.ValueKind == JsonValueKind.String)
            || (hasId && _toolNames?.TryGetValue(id.GetString()!, out known) == true && (name = known).ValueKind == JsonValueKind.String))
        {
            json.WriteRaw("tool_name"u8, name);
        }

        if (hasId)
        {
            json.WriteRaw("tool_call_id"u8, id);
        }
    }
}

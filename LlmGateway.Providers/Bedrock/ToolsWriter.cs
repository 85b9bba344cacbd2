using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Bedrock;

/// <summary>Writes <c>toolConfig</c>.</summary>
internal static class ToolsWriter
{
    public static GatewayError? Write(JsonElement request, Utf8JsonWriter json)
    {
        if (!FieldPolicy.HasTools(request))
        {
            WriteHistory(request, json);
            return null;
        }

        var hasChoice = JsonText.TryGet(request, "tool_choice"u8, out var choice);
        if (hasChoice && JsonText.IsText(choice, "none"u8))
        {
            // Without tools none can be called; but Converse refuses calls in the conversation then.
            return HasCalls(request)
                ? FieldPolicy.Unsupported("tool_choice", "A model at Bedrock that has called tools before cannot be kept from it: 'tool_choice' must not be 'none' here.")
                : null;
        }

        json.WriteStartObject("toolConfig"u8);
        json.WriteStartArray("tools"u8);
        var index = 0;
        foreach (var tool in request.GetProperty("tools"u8).EnumerateArray())
        {
            if (WriteTool(tool, $"tools[{index++}]", json) is { } error)
            {
                return error;
            }
        }

        json.WriteEndArray();
        var invalid = hasChoice ? WriteChoice(choice, json) : null;
        json.WriteEndObject();
        return invalid;
    }

    /// <summary>Converse refuses calls in the conversation without <c>toolConfig</c>, and has no word for tools that must not be called.</summary>
    private static void WriteHistory(JsonElement request, Utf8JsonWriter json)
    {
        if (HistoryTools.Names(request.GetProperty("messages"u8)) is not { Count: > 0 } names)
        {
            return;
        }

        json.WriteStartObject("toolConfig"u8);
        json.WriteStartArray("tools"u8);
        foreach (var name in names)
        {
            json.WriteStartObject();
            json.WriteStartObject("toolSpec"u8);
            json.WriteString("name"u8, name);
            json.WriteStartObject("inputSchema"u8);
            json.WriteStartObject("json"u8);
            json.WriteString("type"u8, "object"u8);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static bool HasCalls(JsonElement request) => request.GetProperty("messages"u8).EnumerateArray().Any(m =>
        JsonText.IsText(m.GetProperty("role"u8), "tool"u8)
        || (JsonText.TryGet(m, "tool_calls"u8, out var calls) && calls.ValueKind == JsonValueKind.Array && calls.GetArrayLength() > 0));

    private static GatewayError? WriteTool(JsonElement tool, string path, Utf8JsonWriter json)
    {
        if (tool.ValueKind != JsonValueKind.Object || !tool.TryGetProperty("type"u8, out var type) || !JsonText.IsText(type, "function"u8))
        {
            return FieldPolicy.Unsupported($"{path}.type", "Only tools of the type 'function' can be offered to this model.");
        }

        if (!JsonText.TryGet(tool, "function"u8, out var function) || function.ValueKind != JsonValueKind.Object
            || !JsonText.TryGet(function, "name"u8, out var name) || name.ValueKind != JsonValueKind.String)
        {
            return GatewayError.Invalid($"{path}.function.name", "missing_required_parameter", $"Missing required parameter: '{path}.function.name'.");
        }

        if (!ToolIds.IsGood(name.GetString()!, FieldPolicy.LongestToolName))
        {
            return FieldPolicy.Unsupported($"{path}.function.name", $"This model takes names of tools of up to {FieldPolicy.LongestToolName} letters, digits, '_' and '-' only.");
        }

        json.WriteStartObject();
        json.WriteStartObject("toolSpec"u8);
        json.WriteRaw("name"u8, name);
        // Converse takes no blank description.
        if (JsonText.TryGet(function, "description"u8, out var description) && description.ValueKind == JsonValueKind.String && !JsonText.IsBlank(description))
        {
            json.WriteRaw("description"u8, description);
        }

        if (WriteSchema(function, path, json) is { } error)
        {
            return error;
        }

        if (function.TryGetProperty("strict"u8, out var strict) && strict.ValueKind == JsonValueKind.True)
        {
            json.WriteBoolean("strict"u8, true);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        BlockWriter.WriteCachePoint(JsonText.TryGet(tool, "cache_control"u8, out _) ? tool : function, json);
        return null;
    }

    /// <summary>The type that OpenAI lets a client leave out, as it may leave out the whole, is demanded here.</summary>
    private static GatewayError? WriteSchema(JsonElement function, string path, Utf8JsonWriter json)
    {
        var hasSchema = JsonText.TryGet(function, "parameters"u8, out var parameters);
        if (hasSchema && parameters.ValueKind != JsonValueKind.Object)
        {
            return GatewayError.Invalid($"{path}.function.parameters", "invalid_type", $"Invalid type for '{path}.function.parameters': expected an object.");
        }

        if (hasSchema && UnsupportedFields.OddSchema(parameters) is { } odd)
        {
            return FieldPolicy.Unsupported($"{path}.function.parameters", odd);
        }

        json.WriteStartObject("inputSchema"u8);
        if (hasSchema && parameters.TryGetProperty("type"u8, out _))
        {
            json.WriteRaw("json"u8, parameters);
        }
        else
        {
            json.WriteStartObject("json"u8);
            json.WriteString("type"u8, "object"u8);
            if (hasSchema)
            {
                foreach (var member in parameters.EnumerateObject())
                {
                    json.WriteRaw(member.Name, member.Value);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        return null;
    }

    private static GatewayError? WriteChoice(JsonElement choice, Utf8JsonWriter json)
    {
        json.WriteStartObject("toolChoice"u8);
        if (JsonText.IsText(choice, "auto"u8) || JsonText.IsText(choice, "required"u8))
        {
            json.WriteStartObject(choice.ValueEquals("auto"u8) ? "auto"u8 : "any"u8);
            json.WriteEndObject();
        }
        else if (choice.ValueKind == JsonValueKind.Object && choice.TryGetProperty("type"u8, out var type) && JsonText.IsText(type, "function"u8)
            && choice.TryGetProperty("function"u8, out var function) && function.ValueKind == JsonValueKind.Object
            && function.TryGetProperty("name"u8, out var name) && name.ValueKind == JsonValueKind.String)
        {
            json.WriteStartObject("tool"u8);
            json.WriteRaw("name"u8, name);
            json.WriteEndObject();
        }
        else
        {
            return FieldPolicy.Unsupported("tool_choice", "For this model 'tool_choice' must be 'none', 'auto', 'required' or name a function.");
        }

        json.WriteEndObject();
        return null;
    }
}

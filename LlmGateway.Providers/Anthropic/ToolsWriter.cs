using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>Writes <c>tools</c> and <c>tool_choice</c>.</summary>
internal static class ToolsWriter
{
    public static GatewayError? Write(JsonElement request, Utf8JsonWriter json)
    {
        if (!JsonText.TryGet(request, "tools"u8, out var tools) || tools.GetArrayLength() == 0)
        {
            return null;
        }

        json.WriteStartArray("tools"u8);
        var index = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            if (WriteTool(tool, $"tools[{index++}]", json) is { } error)
            {
                return error;
            }
        }

        json.WriteEndArray();
        return WriteChoice(request, json);
    }

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
        json.WriteRaw("name"u8, name);
        if (JsonText.TryGet(function, "description"u8, out var description))
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

        if (JsonText.TryGet(tool, "cache_control"u8, out var cache) || JsonText.TryGet(function, "cache_control"u8, out cache))
        {
            json.WriteRaw("cache_control"u8, cache);
        }

        json.WriteEndObject();
        return null;
    }

    /// <summary>Anthropic demands the type that OpenAI lets a client leave out, as it may leave out the whole.</summary>
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

        if (hasSchema && parameters.TryGetProperty("type"u8, out _))
        {
            json.WriteRaw("input_schema"u8, parameters);
            return null;
        }

        json.WriteStartObject("input_schema"u8);
        json.WriteString("type"u8, "object"u8);
        if (hasSchema)
        {
            foreach (var member in parameters.EnumerateObject())
            {
                json.WriteRaw(member.Name, member.Value);
            }
        }

        json.WriteEndObject();
        return null;
    }

    private static GatewayError? WriteChoice(JsonElement request, Utf8JsonWriter json)
    {
        var oneOnly = request.TryGetProperty("parallel_tool_calls"u8, out var parallel) && parallel.ValueKind == JsonValueKind.False;
        if (!JsonText.TryGet(request, "tool_choice"u8, out var choice))
        {
            if (oneOnly)
            {
                WriteChoice("auto"u8, default, oneOnly, json);
            }

            return null;
        }

        if (JsonText.IsText(choice, "none"u8))
        {
            WriteChoice("none"u8, default, false, json);
        }
        else if (JsonText.IsText(choice, "auto"u8))
        {
            WriteChoice("auto"u8, default, oneOnly, json);
        }
        else if (JsonText.IsText(choice, "required"u8))
        {
            WriteChoice("any"u8, default, oneOnly, json);
        }
        else if (choice.ValueKind == JsonValueKind.Object && choice.TryGetProperty("type"u8, out var type) && JsonText.IsText(type, "function"u8)
            && choice.TryGetProperty("function"u8, out var function) && function.ValueKind == JsonValueKind.Object
            && function.TryGetProperty("name"u8, out var name) && name.ValueKind == JsonValueKind.String)
        {
            WriteChoice("tool"u8, name, oneOnly, json);
        }
        else
        {
            return FieldPolicy.Unsupported("tool_choice", "For this model 'tool_choice' must be 'none', 'auto', 'required' or name a function.");
        }

        return null;
    }

    private static void WriteChoice(ReadOnlySpan<byte> type, JsonElement name, bool oneOnly, Utf8JsonWriter json)
    {
        json.WriteStartObject("tool_choice"u8);
        json.WriteString("type"u8, type);
        if (name.ValueKind == JsonValueKind.String)
        {
            json.WriteRaw("name"u8, name);
        }

        if (oneOnly)
        {
            json.WriteBoolean("disable_parallel_tool_use"u8, true);
        }

        json.WriteEndObject();
    }
}

using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Ollama;

/// <summary>
/// Passes <c>tools</c>, whose form Ollama shares. It has no <c>tool_choice</c>: <c>none</c> is kept by offering no tools, and a choice
/// that would force a call is refused, since the model could answer without one.
/// </summary>
internal static class ToolsWriter
{
    public static GatewayError? Write(JsonElement request, Utf8JsonWriter json)
    {
        var hasChoice = JsonText.TryGet(request, "tool_choice"u8, out var choice);
        if (hasChoice && JsonText.IsText(choice, "none"u8))
        {
            return null;
        }

        if (hasChoice && !JsonText.IsText(choice, "auto"u8))
        {
            return FieldPolicy.Unsupported("tool_choice", "Ollama cannot be made to call a tool: 'tool_choice' must be 'auto' or 'none' for this model.");
        }

        if (!JsonText.TryGet(request, "tools"u8, out var tools))
        {
            return null;
        }

        var index = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            if (!tool.TryGetProperty("type"u8, out var type) || !JsonText.IsText(type, "function"u8))
            {
                return FieldPolicy.Unsupported($"tools[{index}].type", "Ollama knows only tools of the type 'function'.");
            }

            index++;
        }

        json.WriteRaw("tools"u8, tools);
        return null;
    }
}

using System.Text.Json;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Ollama;

/// <summary>The messages and tools of <c>/api/chat</c>.</summary>
internal static class OllamaChatRequest
{
    public static List<ChatMessage> ReadMessages(JsonElement body)
    {
        if (body.Array("messages") is not { } messages) return [];
        return [.. messages.EnumerateArray().Select(ReadMessage)];
    }

    public static List<ToolDefinition> ReadTools(JsonElement body)
    {
        if (body.Array("tools") is not { } tools) return [];
        return [.. tools.EnumerateArray().Select((tool, i) =>
        {
            var function = tool.Object("function", $"tools[{i}].function") ?? throw JsonFields.Missing($"tools[{i}].function");
            return new ToolDefinition(
                function.String("name", $"tools[{i}].function.name") ?? "", function.String("description", $"tools[{i}].function.description") ?? "",
                function.Object("parameters", $"tools[{i}].function.parameters"));
        })];
    }

    private static ChatMessage ReadMessage(JsonElement message, int index)
    {
        var at = $"messages[{index}]";
        if (message.ValueKind != JsonValueKind.Object) throw JsonFields.WrongType(at, "an object", message);
        var role = message.String("role", at + ".role")?.ToLowerInvariant() switch
        {
            "system" => MessageRole.System,
            "assistant" => MessageRole.Assistant,
            "tool" => MessageRole.Tool,
            // Templates of real models treat what they do not know in ways of their own.
            _ => MessageRole.User,
        };
        return new ChatMessage(role, message.String("content", at + ".content") ?? "")
        {
            ImageCount = OllamaFields.CountImages(message),
            ToolCallId = message.String("tool_call_id", at + ".tool_call_id"),
            ToolName = message.String("tool_name", at + ".tool_name"),
            ToolCalls = ReadCalls(message, at),
        };
    }

    private static List<ToolCall> ReadCalls(JsonElement message, string at)
    {
        if (message.Array("tool_calls", at + ".tool_calls") is not { } calls) return [];
        return [.. calls.EnumerateArray().Select((call, i) =>
        {
            var function = call.Object("function", $"{at}.tool_calls[{i}].function") ?? throw JsonFields.Missing($"{at}.tool_calls[{i}].function");
            // An object here, where OpenAI has text: the real server cannot read text.
            var arguments = function.Object("arguments", $"{at}.tool_calls[{i}].function.arguments");
            return new ToolCall(call.String("id") ?? "", function.String("name") ?? "", arguments?.GetRawText() ?? "{}");
        })];
    }
}

using System.Text.Json;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.OpenAI;

/// <summary>The tool fields of a chat request: definitions, choice, and calls in earlier assistant messages.</summary>
internal static class ToolFields
{
    public static List<ToolDefinition> ReadTools(JsonElement body)
    {
        if (body.Array("tools") is not { } array) return [];
        if (array.GetArrayLength() == 0) throw JsonFields.InvalidValue("tools", "the array must not be empty.");
        return [.. array.EnumerateArray().Select(ReadTool)];
    }

    public static ToolChoice ReadChoice(JsonElement body, List<ToolDefinition> tools)
    {
        if (body.Field("tool_choice") is not { } choice) return ToolChoice.Auto;
        if (choice.ValueKind == JsonValueKind.String)
        {
            var mode = choice.Text("tool_choice");
            if (tools.Count == 0 && mode != "none")
                throw JsonFields.InvalidValue("tool_choice", "only allowed when 'tools' are specified.");
            return mode switch
            {
                "auto" => ToolChoice.Auto,
                "none" => ToolChoice.None,
                "required" => ToolChoice.Required,
                _ => throw JsonFields.InvalidValue("tool_choice", $"'{mode}' is not one of none, auto, required."),
            };
        }

        var function = choice.Object("function", "tool_choice.function") ?? throw JsonFields.Missing("tool_choice.function");
        var name = function.String("name", "tool_choice.function.name") ?? throw JsonFields.Missing("tool_choice.function.name");
        if (tools.All(t => t.Name != name)) throw JsonFields.InvalidValue("tool_choice", $"tool '{name}' is not among 'tools'.");
        return new ToolChoice(ToolChoiceMode.Named, name);
    }

    public static List<ToolCall> ReadCalls(JsonElement message, string at)
    {
        if (message.Array("tool_calls", at + ".tool_calls") is not { } calls) return [];
        return [.. calls.EnumerateArray().Select((call, i) =>
        {
            var place = $"{at}.tool_calls[{i}]";
            var id = call.String("id", place + ".id") ?? throw JsonFields.Missing(place + ".id");
            var function = call.Object("function", place + ".function") ?? throw JsonFields.Missing(place + ".function");
            var name = function.String("name", place + ".function.name") ?? throw JsonFields.Missing(place + ".function.name");
            return new ToolCall(id, name, function.String("arguments", place + ".function.arguments") ?? "");
        })];
    }

    private static ToolDefinition ReadTool(JsonElement tool, int index)
    {
        var at = $"tools[{index}]";
        if (tool.ValueKind != JsonValueKind.Object) throw JsonFields.WrongType(at, "an object", tool);
        var type = tool.String("type", at + ".type") ?? throw JsonFields.Missing(at + ".type");
        if (type != "function") throw JsonFields.InvalidValue(at + ".type", $"'{type}' is not supported; use function.");
        var function = tool.Object("function", at + ".function") ?? throw JsonFields.Missing(at + ".function");
        var name = function.String("name", at + ".function.name");
        if (string.IsNullOrEmpty(name)) throw JsonFields.Missing(at + ".function.name");
        return new ToolDefinition(name, function.String("description", at + ".function.description") ?? "", function.Object("parameters", at + ".function.parameters"));
    }
}

using System.Text.Json;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Anthropic;

/// <summary>A parsed POST /v1/messages.</summary>
/// <param name="Thinks">The answer begins with thoughts, where the model can.</param>
internal sealed record MessagesRequest(GenerationRequest Generation, bool Stream, bool Thinks)
{
    private const int SmallestBudget = 1024;

    public ModelCapabilities Needs =>
        ModelCapabilities.Completion
        | (Generation.Messages.Any(m => m.ImageCount > 0) ? ModelCapabilities.Vision : ModelCapabilities.None)
        | (Generation.Tools.Count > 0 ? ModelCapabilities.Tools : ModelCapabilities.None);

    /// <param name="body">The request.</param>
    /// <param name="counting">Nothing is generated: <c>max_tokens</c> may be missing.</param>
    public static MessagesRequest Parse(JsonElement body, bool counting = false)
    {
        var model = body.String("model");
        if (string.IsNullOrEmpty(model)) throw Required("model");
        var maxTokens = body.Integer("max_tokens", 1, int.MaxValue);
        if (maxTokens is null && !counting) throw Required("max_tokens");
        var messages = MessageReader.Read(body);
        body.Number("top_p", 0, 1);
        body.Integer("top_k", 0, int.MaxValue);
        body.Object("metadata")?.String("user_id", "metadata.user_id");
        var tools = ReadTools(body);
        var (choice, parallel) = ReadChoice(body, tools);
        return new MessagesRequest(
            new GenerationRequest
            {
                Model = model,
                Messages = messages,
                Tools = tools,
                ToolChoice = choice,
                ParallelToolCalls = parallel,
                ResponseFormat = ReadFormat(body),
                MaxTokens = maxTokens,
                Stop = body.Array("stop_sequences") is { } stop ? [.. stop.EnumerateArray().Select((s, i) => s.Text($"stop_sequences[{i}]"))] : [],
                Temperature = body.Number("temperature", 0, 1),
            },
            body.Boolean("stream") ?? false,
            ReadThinking(body, maxTokens ?? int.MaxValue));
    }

    public static SimulatorException Required(string param) => SimulatorException.BadRequest($"{param}: Field required", param);

    private static List<ToolDefinition> ReadTools(JsonElement body)
    {
        if (body.Array("tools") is not { } tools) return [];
        return [.. tools.EnumerateArray().Select((tool, i) =>
        {
            if (tool.String("type", $"tools.{i}.type") is { } type and not "custom")
                throw SimulatorException.BadRequest($"tools.{i}: Input tag '{type}' is not served by this server", "tools");
            var name = tool.String("name", $"tools.{i}.name") ?? throw Required($"tools.{i}.name");
            var schema = tool.Object("input_schema", $"tools.{i}.input_schema") ?? throw Required($"tools.{i}.input_schema");
            if (schema.String("type") != "object")
                throw SimulatorException.BadRequest($"tools.{i}.input_schema.type: Input should be 'object'", "tools");
            return new ToolDefinition(name, tool.String("description", $"tools.{i}.description") ?? "", schema);
        })];
    }

    private static (ToolChoice Choice, bool Parallel) ReadChoice(JsonElement body, List<ToolDefinition> tools)
    {
        if (body.Object("tool_choice") is not { } choice) return (ToolChoice.Auto, true);
        var parallel = !(choice.Boolean("disable_parallel_tool_use") ?? false);
        var type = choice.String("type", "tool_choice.type") ?? throw Required("tool_choice.type");
        if (tools.Count == 0 && type != "none") throw SimulatorException.BadRequest("tool_choice: tool_choice may only be specified while providing tools", "tool_choice");
        switch (type)
        {
            case "auto": return (ToolChoice.Auto, parallel);
            case "any": return (ToolChoice.Required, parallel);
            case "none": return (ToolChoice.None, true);
            case "tool":
                var name = choice.String("name", "tool_choice.name") ?? throw Required("tool_choice.name");
                return tools.Exists(t => t.Name == name)
                    ? (new ToolChoice(ToolChoiceMode.Named, name), parallel)
                    : throw SimulatorException.BadRequest($"tool_choice: Tool '{name}' not found in provided tools", "tool_choice");
            default: throw SimulatorException.BadRequest($"tool_choice: Input tag '{type}' is not one of 'auto', 'any', 'tool', 'none'", "tool_choice");
        }
    }

    private static ResponseFormat ReadFormat(JsonElement body)
    {
        if (body.Object("output_config")?.Object("format", "output_config.format") is not { } format) return ResponseFormat.Text;
        if (format.String("type", "output_config.format.type") != "json_schema")
            throw SimulatorException.BadRequest("output_config.format.type: Input should be 'json_schema'", "output_config");
        return new ResponseFormat(
            ResponseFormatKind.JsonSchema, format.Object("schema", "output_config.format.schema") ?? throw Required("output_config.format.schema"));
    }

    private static bool ReadThinking(JsonElement body, int maxTokens)
    {
        if (body.Object("thinking") is not { } thinking) return false;
        switch (thinking.String("type", "thinking.type"))
        {
            case "adaptive": return true;
            case "disabled": return false;
            case "enabled":
                var budget = thinking.Integer("budget_tokens", SmallestBudget, int.MaxValue, "thinking.budget_tokens") ?? throw Required("thinking.enabled.budget_tokens");
                return budget < maxTokens ? true : throw SimulatorException.BadRequest("`max_tokens` must be greater than `thinking.budget_tokens`.", "max_tokens");
            default: throw SimulatorException.BadRequest("thinking: Input tag is not one of 'adaptive', 'disabled', 'enabled'", "thinking");
        }
    }
}

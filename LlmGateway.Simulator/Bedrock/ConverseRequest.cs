using System.Text.Json;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Bedrock;

/// <summary>A parsed request of Converse or ConverseStream.</summary>
/// <param name="Thinks">The answer begins with thoughts, where the model can.</param>
internal sealed record ConverseRequest(GenerationRequest Generation, bool Thinks)
{
    private const int SmallestBudget = 1024;
    private const int MostStopSequences = 2500;

    public ModelCapabilities Needs =>
        ModelCapabilities.Completion
        | (Generation.Messages.Any(m => m.ImageCount > 0) ? ModelCapabilities.Vision : ModelCapabilities.None)
        | (Generation.Tools.Count > 0 ? ModelCapabilities.Tools : ModelCapabilities.None);

    public static ConverseRequest Parse(JsonElement body, string model)
    {
        var config = body.Object("inferenceConfig") ?? default;
        var maxTokens = (int?)Range(config, "maxTokens", 1, int.MaxValue);
        var temperature = Range(config, "temperature", 0, 1);
        Range(config, "topP", 0, 1);
        var toolConfig = body.Object("toolConfig");
        var tools = toolConfig is { } given ? ReadTools(given) : [];
        var more = body.Object("additionalModelRequestFields") ?? default;
        return new ConverseRequest(
            new GenerationRequest
            {
                Model = model,
                Messages = ConverseMessages.Read(body, toolConfig is not null),
                Tools = tools,
                ToolChoice = toolConfig is { } choosing ? ReadChoice(choosing, tools) : ToolChoice.Auto,
                // The Converse API has no field for it; Claude's own is passed on to the model.
                ParallelToolCalls = more.Object("tool_choice")?.Boolean("disable_parallel_tool_use") != true,
                ResponseFormat = ReadFormat(body),
                MaxTokens = maxTokens,
                Stop = ReadStop(config),
                Temperature = temperature,
            },
            ReadThinking(more, maxTokens));
    }

    private static double? Range(JsonElement config, string name, double min, double max)
    {
        var at = "inferenceConfig." + name;
        if (config.Number(name, double.MinValue, double.MaxValue, at) is not { } number) return null;
        var text = config.GetProperty(name).GetRawText();
        if (number < min) throw BedrockErrors.Constraint(at, text, $"Member must have value greater than or equal to {min}");
        return number <= max ? number : throw BedrockErrors.Constraint(at, text, $"Member must have value less than or equal to {max}");
    }

    private static string[] ReadStop(JsonElement config)
    {
        if (config.Array("stopSequences", "inferenceConfig.stopSequences") is not { } stop) return [];
        if (stop.GetArrayLength() > MostStopSequences)
            throw BedrockErrors.Constraint("inferenceConfig.stopSequences", "[...]", $"Member must have length less than or equal to {MostStopSequences}");
        return [.. stop.EnumerateArray().Select((s, i) =>
        {
            var at = $"inferenceConfig.stopSequences.{i + 1}.member";
            return s.Text(at) is { Length: > 0 } text ? text : throw BedrockErrors.Constraint(at, "", "Member must have length greater than or equal to 1");
        })];
    }

    private static List<ToolDefinition> ReadTools(JsonElement config)
    {
        var array = config.Array("tools", "toolConfig.tools") ?? throw BedrockErrors.Required("toolConfig.tools");
        if (array.GetArrayLength() == 0) throw BedrockErrors.Constraint("toolConfig.tools", "[]", "Member must have length greater than or equal to 1");
        var tools = new List<ToolDefinition>();
        var index = 0;
        foreach (var tool in array.EnumerateArray())
        {
            var at = $"toolConfig.tools.{index++}";
            var (kind, value) = ConverseBlocks.Single(tool, at, "toolSpec", "cachePoint", "systemTool");
            if (kind == "cachePoint") continue;
            if (kind == "systemTool") throw BedrockErrors.Invalid($"This model doesn't support the tool at {at}. Remove the systemTool and try again.");
            tools.Add(ReadTool(value, at + ".toolSpec"));
        }

        return tools;
    }

    private static ToolDefinition ReadTool(JsonElement tool, string at)
    {
        var name = ConverseBlocks.Name(tool, at);
        var description = tool.String("description", at + ".description");
        if (description is "") throw BedrockErrors.Constraint(at + ".description", "", "Member must have length greater than or equal to 1");
        var schema = tool.Object("inputSchema", at + ".inputSchema")?.Object("json", at + ".inputSchema.json") ?? throw BedrockErrors.Required(at + ".inputSchema.json");
        return schema.String("type", at + ".inputSchema.json.type") == "object"
            ? new ToolDefinition(name, description ?? "", schema)
            : throw BedrockErrors.Invalid($"The value at {at}.inputSchema.json.type must be one of the following: object.");
    }

    private static ToolChoice ReadChoice(JsonElement config, List<ToolDefinition> tools)
    {
        if (config.Object("toolChoice", "toolConfig.toolChoice") is not { } choice) return ToolChoice.Auto;
        var (kind, value) = ConverseBlocks.Single(choice, "toolConfig.toolChoice", "auto", "any", "tool");
        if (kind == "auto") return ToolChoice.Auto;
        if (kind == "any") return ToolChoice.Required;
        var name = ConverseBlocks.Name(value, "toolConfig.toolChoice.tool");
        return tools.Exists(t => t.Name == name)
            ? new ToolChoice(ToolChoiceMode.Named, name)
            : throw BedrockErrors.Invalid($"The toolChoice.tool.name '{name}' is not one of the tools in toolConfig.tools.");
    }

    /// <summary><c>outputConfig.textFormat</c>; the schema is JSON in a string.</summary>
    private static ResponseFormat ReadFormat(JsonElement body)
    {
        const string At = "outputConfig.textFormat";
        if (body.Object("outputConfig")?.Object("textFormat", At) is not { } format) return ResponseFormat.Text;
        if (format.String("type", At + ".type") is not "json_schema" and var type)
            throw BedrockErrors.Constraint(At + ".type", type ?? "null", "Member must satisfy enum value set: [json_schema]");
        var schema = format.Object("structure", At + ".structure")?.Object("jsonSchema", At + ".structure.jsonSchema")?.String("schema", At + ".structure.jsonSchema.schema")
            ?? throw BedrockErrors.Required(At + ".structure.jsonSchema.schema");
        try
        {
            using var document = JsonDocument.Parse(schema, SimulatorJson.DocumentOptions);
            return new ResponseFormat(ResponseFormatKind.JsonSchema, document.RootElement.Clone());
        }
        catch (JsonException)
        {
            throw BedrockErrors.Invalid($"The value at {At}.structure.jsonSchema.schema is not valid JSON.");
        }
    }

    /// <summary>Claude's own field, which Bedrock passes on and whose errors it quotes.</summary>
    private static bool ReadThinking(JsonElement more, int? maxTokens)
    {
        if (more.Object("thinking", "additionalModelRequestFields.thinking") is not { } thinking) return false;
        switch (thinking.String("type", "thinking.type"))
        {
            case "adaptive": return true;
            case "disabled": return false;
            case "enabled":
                var budget = thinking.Integer("budget_tokens", int.MinValue, int.MaxValue, "thinking.budget_tokens")
                    ?? throw FromModel("thinking.enabled.budget_tokens: Field required");
                if (budget < SmallestBudget) throw FromModel($"thinking.enabled.budget_tokens: Input should be greater than or equal to {SmallestBudget}");
                return maxTokens is null || budget < maxTokens ? true : throw FromModel("`max_tokens` must be greater than `thinking.budget_tokens`.");
            default: throw FromModel("thinking: Input tag is not one of 'adaptive', 'disabled', 'enabled'");
        }
    }

    private static SimulatorException FromModel(string message) => BedrockErrors.Invalid("The model returned the following errors: " + message);
}

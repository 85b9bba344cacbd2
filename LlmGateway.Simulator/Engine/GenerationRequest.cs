using System.Text.Json;

namespace LlmGateway.Simulator.Engine;

internal enum MessageRole { System, User, Assistant, Tool }

internal enum ToolChoiceMode { Auto, None, Required, Named }

internal enum ResponseFormatKind { Text, JsonObject, JsonSchema }

/// <summary>What every wire protocol turns its request into. Wire-neutral: no HTTP, no vendor field names.</summary>
internal sealed record GenerationRequest
{
    public required string Model { get; init; }

    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    public IReadOnlyList<ToolDefinition> Tools { get; init; } = [];

    public ToolChoice ToolChoice { get; init; } = ToolChoice.Auto;

    /// <summary>False: at most one tool call per answer.</summary>
    public bool ParallelToolCalls { get; init; } = true;

    public ResponseFormat ResponseFormat { get; init; } = ResponseFormat.Text;

    /// <summary>Completion tokens per choice; null means until the model is done or its context is full.</summary>
    public int? MaxTokens { get; init; }

    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Part of the determinism: the same request with the same seed has the same answer.</summary>
    public long? Seed { get; init; }

    public int Choices { get; init; } = 1;

    public bool Logprobs { get; init; }

    /// <summary>How many alternatives each token's logprob entry lists (0 to 20).</summary>
    public int TopLogprobs { get; init; }

    public double? Temperature { get; init; }

    /// <summary>Tokens after which a content filter ends each choice; null: there is none. A filtered answer calls no tool.</summary>
    public int? FilterAfter { get; init; }

    /// <summary>A bare completion prompt: message overhead is not counted.</summary>
    public bool RawPrompt { get; init; }

    /// <summary>Prompt tokens known otherwise (a prompt sent as token ids); null counts them from the messages.</summary>
    public int? PromptTokens { get; init; }
}

internal sealed record ChatMessage(MessageRole Role, string Text)
{
    public IReadOnlyList<ToolCall> ToolCalls { get; init; } = [];

    public string? ToolCallId { get; init; }

    /// <summary>Name of the tool whose result this message carries, where the wire tells it.</summary>
    public string? ToolName { get; init; }

    public int ImageCount { get; init; }
}

/// <param name="Parameters">JSON schema of the arguments; null when the tool takes none.</param>
internal sealed record ToolDefinition(string Name, string Description, JsonElement? Parameters);

/// <param name="Arguments">A JSON object as text. Cut anywhere when the answer ran into its token limit.</param>
internal sealed record ToolCall(string Id, string Name, string Arguments)
{
    /// <summary>The arguments were not cut.</summary>
    public bool IsWhole()
    {
        try
        {
            using var document = JsonDocument.Parse(Arguments);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

internal sealed record ToolChoice(ToolChoiceMode Mode, string? Name = null)
{
    public static readonly ToolChoice Auto = new(ToolChoiceMode.Auto);
    public static readonly ToolChoice None = new(ToolChoiceMode.None);
    public static readonly ToolChoice Required = new(ToolChoiceMode.Required);
}

internal sealed record ResponseFormat(ResponseFormatKind Kind, JsonElement? Schema = null)
{
    public static readonly ResponseFormat Text = new(ResponseFormatKind.Text);
    public static readonly ResponseFormat JsonObject = new(ResponseFormatKind.JsonObject);
}

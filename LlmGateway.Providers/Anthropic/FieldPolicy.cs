using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>
/// What happens to request fields that Anthropic's API has no place for. A field that would change the answer is refused, unless it has
/// the value that changes nothing; what cannot change it (<c>metadata</c>, <c>store</c>, <c>service_tier</c>, cache and safety hints)
/// and fields that no protocol knows are left out.
/// </summary>
internal static class FieldPolicy
{
    /// <summary>The API names no bound for the ids of calls (<c>^[a-zA-Z0-9_-]+$</c>).</summary>
    public const int LongestToolId = 1024;

    /// <summary><c>^[a-zA-Z0-9_-]{1,128}$</c> (source: Anthropic's API reference, Tool).</summary>
    public const int LongestToolName = 128;

    private static readonly UnsupportedFields Fields = new("Anthropic's models", "Anthropic's API");

    public static GatewayError? Check(JsonElement request) => Fields.Check(request) ?? Fields.CheckTemperature(request);

    /// <summary>
    /// What OpenAI's models take together and Anthropic's do not: thinking, and that a tool must be called or how to sample (source: Anthropic's
    /// documentation, "Extended thinking", feature compatibility).
    /// </summary>
    public static GatewayError? CheckThinking(JsonElement request) =>
        JsonText.TryGet(request, "tool_choice"u8, out var choice) && (JsonText.IsText(choice, "required"u8) || choice.ValueKind == JsonValueKind.Object)
            ? Unsupported("tool_choice", "This model cannot think and be made to call a tool: 'tool_choice' must be 'auto' or 'none' with reasoning.")
        : JsonText.TryGet(request, "temperature"u8, out var temperature) && temperature.ValueKind == JsonValueKind.Number && temperature.GetDouble() != 1
            ? Unsupported("temperature", "This model takes no 'temperature' but 1 with reasoning.")
        : JsonText.TryGet(request, "top_k"u8, out _) ? Unsupported("top_k", "This model takes no 'top_k' with reasoning.")
        : null;

    /// <summary>The API takes no stop sequence of white space alone.</summary>
    public static GatewayError? CheckStop(JsonElement stop) =>
        (stop.ValueKind == JsonValueKind.String && JsonText.IsBlank(stop))
        || (stop.ValueKind == JsonValueKind.Array && stop.EnumerateArray().Any(s => s.ValueKind == JsonValueKind.String && JsonText.IsBlank(s)))
            ? Unsupported("stop", "This model takes no 'stop' of white space alone.")
            : null;

    public static GatewayError Unsupported(string param, string? message = null) => Fields.Refuse(param, message);
}

using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Bedrock;

/// <summary>
/// Writes <c>additionalModelRequestFields</c>: what Converse leaves to each model's own API (source: AWS's documentation, "Inference request
/// parameters and response fields for foundation models"). A field whose name at the model is not known is refused, not guessed.
/// </summary>
internal static class ModelFieldsWriter
{
    private const string Extension = "additionalModelRequestFields";

    /// <summary>The smallest budget for thoughts that Claude takes, in tokens.</summary>
    private const int SmallestBudget = 1024;

    /// <summary>Tokens of the answer beside its thoughts, where the client leaves the length open.</summary>
    private const int DefaultMaxTokens = 4096;

    private enum Family
    {
        Other,
        Claude,
        Nova,
        Mistral,
        Cohere,
        OpenAI,
    }

    /// <param name="request">The client's request.</param>
    /// <param name="view">Its view.</param>
    /// <param name="model">The model's id at Bedrock.</param>
    /// <param name="json">Receives the member.</param>
    /// <param name="maxTokens">The bound of the answer to send; null for none.</param>
    public static GatewayError? Write(JsonElement request, RequestView view, string model, Utf8JsonWriter json, out long? maxTokens)
    {
        maxTokens = view.MaxTokens;
        var hasOwn = JsonText.TryGet(request, Extension, out var own);
        if (hasOwn && own.ValueKind != JsonValueKind.Object)
        {
            return GatewayError.Invalid(Extension, "invalid_type", $"Invalid type for '{Extension}': expected an object.");
        }

        var hasTopK = JsonText.TryGet(request, "top_k"u8, out var topK);
        var hasThinking = JsonText.TryGet(request, "thinking"u8, out var thinking);
        var hasEffort = JsonText.TryGet(request, "reasoning_effort"u8, out var effort) && !hasThinking;
        if (!hasOwn && !hasTopK && !hasThinking && !hasEffort)
        {
            return null;
        }

        var family = FamilyOf(model);
        json.WriteStartObject(Extension);
        if (hasOwn)
        {
            foreach (var member in own.EnumerateObject())
            {
                json.WriteRaw(member.Name, member.Value);
            }
        }

        var error = (hasTopK ? WriteTopK(topK, family, json) : null)
            ?? (hasThinking ? WriteThinking(thinking, family, json) : null)
            ?? (hasEffort ? WriteEffort(effort, family, json, ref maxTokens) : null);
        json.WriteEndObject();
        return error;
    }

    /// <summary>By the maker's name in the id, which may follow a region (<c>us.</c>) or stand in an ARN.</summary>
    private static Family FamilyOf(string model) =>
        model.Contains("anthropic.claude", StringComparison.Ordinal) ? Family.Claude
        : model.Contains("amazon.nova", StringComparison.Ordinal) ? Family.Nova
        : model.Contains("mistral.", StringComparison.Ordinal) ? Family.Mistral
        : model.Contains("cohere.", StringComparison.Ordinal) ? Family.Cohere
        : model.Contains("openai.", StringComparison.Ordinal) ? Family.OpenAI
        : Family.Other;

    private static GatewayError? WriteTopK(JsonElement value, Family family, Utf8JsonWriter json)
    {
        if (value.ValueKind != JsonValueKind.Number)
        {
            return GatewayError.Invalid("top_k", "invalid_type", "Invalid type for 'top_k': expected a number.");
        }

        switch (family)
        {
            case Family.Claude or Family.Mistral:
                json.WriteRaw("top_k"u8, value);
                return null;
            case Family.Cohere:
                json.WriteRaw("k"u8, value);
                return null;
            case Family.Nova:
                json.WriteStartObject("inferenceConfig"u8);
                json.WriteRaw("topK"u8, value);
                json.WriteEndObject();
                return null;
            default:
                return Unknown("top_k");
        }
    }

    private static GatewayError? WriteThinking(JsonElement thinking, Family family, Utf8JsonWriter json)
    {
        if (family != Family.Claude)
        {
            return Unknown("thinking");
        }

        json.WriteRaw("thinking"u8, thinking);
        return null;
    }

    private static GatewayError? WriteEffort(JsonElement effort, Family family, Utf8JsonWriter json, ref long? maxTokens)
    {
        var level = effort.ValueKind == JsonValueKind.String ? effort.GetString() : null;
        var budget = level switch
        {
            "none" => 0,
            "minimal" or "low" => SmallestBudget,
            "medium" => 4096,
            "high" => 16384,
            "xhigh" or "max" => 32768,
            _ => -1,
        };
        if (budget < 0)
        {
            return GatewayError.Invalid(
                "reasoning_effort", "invalid_value",
                "Invalid value for 'reasoning_effort': supported values are 'none', 'minimal', 'low', 'medium', 'high', 'xhigh' and 'max'.");
        }

        switch (family)
        {
            case Family.OpenAI when level is "low" or "medium" or "high":
                json.WriteRaw("reasoning_effort"u8, effort);
                return null;
            case Family.Claude when budget == 0:
                return null;
            case Family.Claude:
                return WriteBudget(budget, json, ref maxTokens);
            default:
                return Unknown("reasoning_effort");
        }
    }

    /// <summary>The answer's bound counts the thoughts too; half at least is left for the answer.</summary>
    private static GatewayError? WriteBudget(int budget, Utf8JsonWriter json, ref long? maxTokens)
    {
        maxTokens ??= DefaultMaxTokens + budget;
        budget = (int)Math.Min(budget, maxTokens.Value / 2);
        json.WriteStartObject("thinking"u8);
        json.WriteString("type"u8, "enabled"u8);
        json.WriteNumber("budget_tokens"u8, budget);
        json.WriteEndObject();
        return budget >= SmallestBudget ? null : FieldPolicy.Unsupported(
            "reasoning_effort", $"This model needs at least {SmallestBudget} tokens for reasoning and as many for the answer: ask for {2 * SmallestBudget} or more, or for no reasoning.");
    }

    private static GatewayError Unknown(string name) => FieldPolicy.Unsupported(
        name, $"'{name}' is not supported for this model: say it in '{Extension}', in the words of the model's own API.");
}

using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>What is known about the model that is asked.</summary>
/// <param name="ThinksAdaptively">It takes an effort, not a budget for thinking; null when unknown.</param>
/// <param name="ContextLength">The configured context window in tokens; null when there is none.</param>
internal readonly record struct ModelFacts(bool? ThinksAdaptively, int? ContextLength);

/// <summary>
/// Writes <c>max_tokens</c>, which Anthropic demands and which counts the tokens of thinking too, and <c>thinking</c>: from
/// <c>reasoning_effort</c>, as an effort for models that think adaptively and as a budget in tokens for others, or from the extension
/// <c>thinking</c>, which is passed as it is.
/// </summary>
internal static class ThinkingWriter
{
    /// <summary>Tokens of an answer whose length the client leaves open.</summary>
    private const int DefaultMaxTokens = 4096;

    /// <summary>The smallest budget that the API takes, in tokens.</summary>
    private const int SmallestBudget = 1024;

    /// <param name="request">The client's request.</param>
    /// <param name="view">Its view.</param>
    /// <param name="facts">What is known about the model.</param>
    /// <param name="json">Receives the members.</param>
    /// <param name="effort">What to write as <c>output_config.effort</c>; null for nothing.</param>
    public static GatewayError? Write(JsonElement request, RequestView view, ModelFacts facts, Utf8JsonWriter json, out string? effort)
    {
        effort = null;
        if (JsonText.TryGet(request, "thinking"u8, out var thinking))
        {
            json.WriteNumber("max_tokens"u8, MaxTokens(view, facts, Budget(thinking)));
            json.WriteRaw("thinking"u8, thinking);
            return IsOn(thinking) ? FieldPolicy.CheckThinking(request) : null;
        }

        if (!JsonText.TryGet(request, "reasoning_effort"u8, out var asked))
        {
            json.WriteNumber("max_tokens"u8, MaxTokens(view, facts, 0));
            return null;
        }

        var (budget, level) = (asked.ValueKind == JsonValueKind.String ? asked.GetString() : null) switch
        {
            "none" => (0, null),
            "minimal" or "low" => (SmallestBudget, "low"),
            "medium" => (4096, "medium"),
            "high" => (16384, "high"),
            "xhigh" => (32768, "xhigh"),
            "max" => (32768, "max"),
            _ => (-1, (string?)null),
        };
        if (budget < 0)
        {
            return GatewayError.Invalid(
                "reasoning_effort", "invalid_value",
                "Invalid value for 'reasoning_effort': supported values are 'none', 'minimal', 'low', 'medium', 'high', 'xhigh' and 'max'.");
        }

        if (level is not null && FieldPolicy.CheckThinking(request) is { } together)
        {
            return together;
        }

        var maxTokens = MaxTokens(view, facts, budget);
        json.WriteNumber("max_tokens"u8, maxTokens);
        if (facts.ThinksAdaptively == true && level is not null)
        {
            effort = level;
            WriteType(json, "adaptive"u8, 0);
            return null;
        }

        if (level is null)
        {
            WriteType(json, "disabled"u8, 0);
            return null;
        }

        // Half at least is left for the answer.
        budget = (int)Math.Min(budget, maxTokens / 2);
        WriteType(json, "enabled"u8, budget);
        return budget >= SmallestBudget ? null : FieldPolicy.Unsupported(
            "reasoning_effort", $"This model needs at least {SmallestBudget} tokens for reasoning and as many for the answer: ask for {2 * SmallestBudget} or more, or for no reasoning.");
    }

    private static long MaxTokens(RequestView view, ModelFacts facts, int budget) =>
        view.MaxTokens ?? Math.Min((long)DefaultMaxTokens + budget, facts.ContextLength ?? long.MaxValue);

    private static bool IsOn(JsonElement thinking) =>
        thinking.ValueKind == JsonValueKind.Object && thinking.TryGetProperty("type"u8, out var type) && (JsonText.IsText(type, "enabled"u8) || JsonText.IsText(type, "adaptive"u8));

    /// <summary>The budget that a client sets itself in the extension.</summary>
    private static int Budget(JsonElement thinking) =>
        thinking.ValueKind == JsonValueKind.Object && thinking.TryGetProperty("budget_tokens"u8, out var budget)
        && budget.ValueKind == JsonValueKind.Number && budget.TryGetInt32(out var tokens)
            ? Math.Max(tokens, 0)
            : 0;

    private static void WriteType(Utf8JsonWriter json, ReadOnlySpan<byte> type, int budget)
    {
        json.WriteStartObject("thinking"u8);
        json.WriteString("type"u8, type);
        if (budget > 0)
        {
            json.WriteNumber("budget_tokens"u8, budget);
        }

        json.WriteEndObject();
    }
}

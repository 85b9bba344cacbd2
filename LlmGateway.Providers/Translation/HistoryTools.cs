using System.Text.Json;

namespace LlmGateway.Providers.Translation;

/// <summary>
/// The tools that were called in a conversation. OpenAI takes such a conversation without <c>tools</c>, as at the end of an agent's run;
/// Converse wants to know the tools then.
/// </summary>
internal static class HistoryTools
{
    /// <summary>Their names, each once and in order; empty when none was called.</summary>
    /// <param name="messages">Of the request, checked to be well-formed.</param>
    public static IReadOnlyList<string> Names(JsonElement messages)
    {
        List<string>? names = null;
        foreach (var message in messages.EnumerateArray())
        {
            if (!JsonText.TryGet(message, "tool_calls"u8, out var calls) || calls.ValueKind != JsonValueKind.Array)
            {
                continue;
            }

            foreach (var call in calls.EnumerateArray())
            {
                if (call.ValueKind == JsonValueKind.Object && JsonText.TryGet(call, "function"u8, out var function) && function.ValueKind == JsonValueKind.Object
                    && JsonText.TryGet(function, "name"u8, out var name) && name.ValueKind == JsonValueKind.String
                    && name.GetString() is { } told && names?.Contains(told, StringComparer.Ordinal) != true)
                {
                    (names ??= []).Add(told);
                }
            }
        }

        return names ?? [];
    }
}

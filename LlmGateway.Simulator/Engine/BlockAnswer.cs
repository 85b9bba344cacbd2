using System.Globalization;
using LlmGateway.Simulator.Models;

namespace LlmGateway.Simulator.Engine;

/// <summary>An answer in blocks (thoughts, text, calls), as the wires of Anthropic and AWS Bedrock have it; computed before it is paced out.</summary>
/// <param name="Id">32 hexadecimal digits.</param>
/// <param name="Thoughts">Tokens of the thoughts that come first.</param>
/// <param name="StopReason">As both wires spell it: <c>end_turn</c>, <c>tool_use</c>, <c>max_tokens</c>, …</param>
/// <param name="StopSequence">The sequence that ended the answer, where one did.</param>
internal sealed record BlockAnswer(
    string Id, string Model, IReadOnlyList<string> Thoughts, GeneratedChoice Choice, string StopReason, string? StopSequence, int InputTokens)
{
    public int OutputTokens => Thoughts.Count + Choice.CompletionTokens;

    /// <summary>Thoughts are part of what is generated and count against its limit.</summary>
    /// <param name="request">What is asked; without <c>MaxTokens</c> the window alone is the limit.</param>
    /// <param name="model">Who answers; the prompt must fit into its window.</param>
    /// <param name="thinks">The answer begins with thoughts, where the model can.</param>
    public static BlockAnswer Make(GenerationRequest request, SimulatedModel model, bool thinks)
    {
        request = request with { Model = model.Name };
        var prompt = GenerationEngine.CountPrompt(request);
        var left = model.ContextLength - prompt;
        var id = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        var thoughts = thinks && model.Can(ModelCapabilities.Thinking) ? Thinker.Think(request) : [];
        var room = Math.Min(request.MaxTokens ?? int.MaxValue, left);
        var full = (request.MaxTokens ?? int.MaxValue) > left ? "model_context_window_exceeded" : "max_tokens";
        if (thoughts.Count >= room)
        {
            thoughts.RemoveRange(room, thoughts.Count - room);
            return new BlockAnswer(id, model.Name, thoughts, new GeneratedChoice(0, [], FinishReason.Length, [], 0, null), full, null, prompt);
        }

        var limited = request with { MaxTokens = room - thoughts.Count };
        var choice = GenerationEngine.Generate(limited, model).Choices[0];
        var stop = choice.FinishReason == FinishReason.Stop ? FindStop(limited, choice, model) : null;
        var reason = choice.FinishReason switch
        {
            FinishReason.ToolCalls => "tool_use",
            FinishReason.Length => full,
            FinishReason.ContentFilter => "refusal",
            _ => stop is null ? "end_turn" : "stop_sequence",
        };
        return new BlockAnswer(id, model.Name, thoughts, choice, reason, stop, prompt);
    }

    /// <summary>The sequence before which the answer was cut: what would have come next begins with it.</summary>
    private static string? FindStop(GenerationRequest request, GeneratedChoice choice, SimulatedModel model)
    {
        if (request.Stop.Count == 0 || choice.ToolCalls.Count > 0) return null;
        var full = GenerationEngine.Generate(request with { Stop = [], MaxTokens = null }, model).Choices[0].Text;
        return full.Length > choice.Text.Length
            ? request.Stop.FirstOrDefault(s => s.Length > 0 && string.CompareOrdinal(full, choice.Text.Length, s, 0, s.Length) == 0)
            : null;
    }
}

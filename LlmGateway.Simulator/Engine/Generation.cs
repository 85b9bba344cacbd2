namespace LlmGateway.Simulator.Engine;

internal enum FinishReason { Stop, Length, ToolCalls, ContentFilter }

/// <summary>A whole answer, computed before it is paced out.</summary>
/// <param name="CompletionTokens">Sum over the choices; equals the number of tokens they emit.</param>
internal sealed record Generation(IReadOnlyList<GeneratedChoice> Choices, int PromptTokens, int CompletionTokens);

/// <summary>One choice: either text tokens or tool calls.</summary>
/// <param name="Tokens">Text pieces; their concatenation is the text. Empty when tools are called.</param>
/// <param name="CompletionTokens">Tokens of the text, or of the names and arguments of the tool calls.</param>
/// <param name="Logprobs">One entry per text token when asked for, else null.</param>
internal sealed record GeneratedChoice(
    int Index,
    IReadOnlyList<string> Tokens,
    FinishReason FinishReason,
    IReadOnlyList<ToolCall> ToolCalls,
    int CompletionTokens,
    IReadOnlyList<TokenLogprob>? Logprobs)
{
    public string Text => string.Concat(Tokens);
}

/// <summary>Natural-log probabilities, the token itself first among its alternatives.</summary>
internal sealed record TokenLogprob(string Token, double Logprob, IReadOnlyList<(string Token, double Logprob)> Top);

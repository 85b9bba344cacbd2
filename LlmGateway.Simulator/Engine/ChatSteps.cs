namespace LlmGateway.Simulator.Engine;

/// <summary>One delta of a streamed choice: a text token, the opening of a tool call, or a piece of its arguments.</summary>
/// <param name="Call">Index of the tool call; -1 for text.</param>
/// <param name="Opens">True for the delta that carries the call's id, type and name.</param>
/// <param name="Token">Index of the text token, for its log probability.</param>
/// <param name="Tokens">Completion tokens this delta stands for.</param>
internal readonly record struct ChatStep(int Call, bool Opens, string Text, int Token, int Tokens);

internal static class ChatSteps
{
    public static List<ChatStep> Of(GeneratedChoice choice)
    {
        var steps = new List<ChatStep>(Math.Max(choice.Tokens.Count, 16));
        for (var i = 0; i < choice.Tokens.Count; i++) steps.Add(new ChatStep(-1, false, choice.Tokens[i], i, 1));
        for (var call = 0; call < choice.ToolCalls.Count; call++)
        {
            steps.Add(new ChatStep(call, true, "", 0, Tokenizer.Count(choice.ToolCalls[call].Name)));
            foreach (var piece in Tokenizer.Split(choice.ToolCalls[call].Arguments)) steps.Add(new ChatStep(call, false, piece, 0, 1));
        }

        return steps;
    }
}

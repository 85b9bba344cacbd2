using System.Globalization;
using System.Text.Json;

namespace LlmGateway.Simulator.Engine;

/// <summary>
/// Decides which tools an answer calls.
/// <list type="bullet">
/// <item>auto: only when the last message is the user's. Every tool is called whose name the prompt mentions (whole, or a
/// word of it of four letters or more that is not a filler), or such a word of its description.</item>
/// <item>required: the matching tools, or the first when none matches. named: that tool. none: no call.</item>
/// <item>Without parallel calls: only the first of them. <c>!echo</c> and <c>!words</c> prompts call nothing under auto.</item>
/// </list>
/// </summary>
internal static class ToolCaller
{
    public static List<ToolCall> Decide(GenerationRequest request, PromptReader prompt, int choice)
    {
        var chosen = Choose(request, prompt);
        if (!request.ParallelToolCalls && chosen.Count > 1) chosen.RemoveRange(1, chosen.Count - 1);
        var calls = new List<ToolCall>(chosen.Count);
        foreach (var tool in chosen)
        {
            var id = StableHash.Of(prompt.Text + tool.Name, (request.Messages.Count * 1009) + (choice * 101) + calls.Count);
            calls.Add(new ToolCall("call_" + id.ToString("x16", CultureInfo.InvariantCulture), tool.Name, Arguments(tool, prompt, choice)));
        }

        return calls;
    }

    private static List<ToolDefinition> Choose(GenerationRequest request, PromptReader prompt)
    {
        if (request.Tools.Count == 0) return [];
        switch (request.ToolChoice.Mode)
        {
            case ToolChoiceMode.None:
                return [];
            case ToolChoiceMode.Named:
                return [.. request.Tools.Where(t => t.Name == request.ToolChoice.Name).Take(1)];
            case ToolChoiceMode.Required:
                var matching = Matching(request.Tools, prompt);
                return matching.Count > 0 ? matching : [request.Tools[0]];
            default:
                return request.Messages is [.., { Role: MessageRole.User }] && !GenerationEngine.IsDirective(prompt.Text)
                    ? Matching(request.Tools, prompt)
                    : [];
        }
    }

    private static List<ToolDefinition> Matching(IReadOnlyList<ToolDefinition> tools, PromptReader prompt) =>
        [.. tools.Where(t => prompt.Words.Contains(t.Name) || Keywords(t).Any(prompt.Words.Contains))];

    private static IEnumerable<string> Keywords(ToolDefinition tool) =>
        tool.Name.Split(['_', '-', '.']).Concat(PromptReader.WordsOf(tool.Description)).Where(w => w.Length >= 4 && !PromptReader.IsStopWord(w));

    private static string Arguments(ToolDefinition tool, PromptReader prompt, int choice) =>
        tool.Parameters is { ValueKind: JsonValueKind.Object } schema ? new SchemaInstances(schema, prompt, choice).Generate() : "{}";
}

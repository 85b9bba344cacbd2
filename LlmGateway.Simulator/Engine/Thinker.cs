namespace LlmGateway.Simulator.Engine;

/// <summary>What a model thinks before it answers, on wires that tell thoughts apart.</summary>
internal static class Thinker
{
    /// <summary>The tokens of the thoughts.</summary>
    public static List<string> Think(GenerationRequest request)
    {
        var prompt = new PromptReader(request.Messages.LastOrDefault(m => m.Role == MessageRole.User)?.Text ?? "");
        var about = prompt.Phrases.Count > 0 ? prompt.Phrases[(int)((request.Seed ?? 0) & 0xFF) % prompt.Phrases.Count] : "this";
        return Tokenizer.Split($"The user writes {request.Messages.Count} message{(request.Messages.Count == 1 ? "" : "s")}; it is about {about}. I should answer it directly.");
    }
}

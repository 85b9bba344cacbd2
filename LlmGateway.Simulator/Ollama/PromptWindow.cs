using LlmGateway.Simulator.Engine;

namespace LlmGateway.Simulator.Ollama;

/// <summary>
/// What Ollama does with a prompt that does not fit into the context window (source: server/prompt.go and llm/llama_server.go).
/// By itself it drops messages from the front, system messages and the last one excepted, and cuts what is still too long; told
/// <c>truncate: false</c> it refuses. While it generates it forgets the beginning when the window is full, or told
/// <c>shift: false</c> stops with the reason <c>length</c>. Versions before 0.12.6 know neither field.
/// </summary>
/// <param name="Window">Tokens of prompt and answer together.</param>
internal sealed record PromptWindow(int Window, bool Truncate, bool Shift, bool IsOld)
{
    private const int NumKeep = 4;

    public static PromptWindow Read(int window, bool? truncate, bool? shift, string version)
    {
        var isOld = Version.TryParse(version.Split('-')[0], out var parsed) && parsed < new Version(0, 12, 6);
        return new PromptWindow(window, isOld || (truncate ?? true), isOld || (shift ?? true), isOld);
    }

    /// <summary>Tokens an answer may have.</summary>
    public int Room(int promptTokens) => Shift ? int.MaxValue : Math.Max(Window - promptTokens, 0);

    /// <summary>The request as the model gets to see it.</summary>
    public GenerationRequest Fit(GenerationRequest request)
    {
        var count = GenerationEngine.CountPrompt(request);
        if (count <= Window) return request with { PromptTokens = count };
        if (!Truncate)
            throw OllamaFields.Refused(400, $"request ({count} tokens) exceeds the available context size ({Window} tokens), try increasing it");
        request = DropMessages(request);
        count = GenerationEngine.CountPrompt(request);
        if (count <= Window) return request with { PromptTokens = count };
        if (!Shift)
            throw OllamaFields.Refused(
                400, "the prompt is longer than the context length currently available to the model; shorten the prompt, adjust the context length in settings, or use a model with a longer context length");
        return Cut(request, count);
    }

    private GenerationRequest DropMessages(GenerationRequest request)
    {
        var messages = request.Messages;
        for (var first = 1; first < messages.Count; first++)
        {
            var kept = request with { Messages = [.. messages.Take(first).Where(m => m.Role == MessageRole.System), .. messages.Skip(first)] };
            if (first == messages.Count - 1 || GenerationEngine.CountPrompt(kept) <= Window) return kept;
        }

        return request;
    }

    /// <summary>Old runners filled the window exactly; since then half of it is left free for the answer.</summary>
    private GenerationRequest Cut(GenerationRequest request, int count)
    {
        var limit = IsOld ? Window : Window - Math.Max((Window - NumKeep) / 2, 1);
        var last = request.Messages[^1];
        var tokens = Tokenizer.Split(last.Text);
        var cut = last with { Text = string.Concat(tokens.Skip(Math.Min(count - limit, tokens.Count))) };
        return request with { Messages = [.. request.Messages.SkipLast(1), cut], PromptTokens = limit };
    }
}

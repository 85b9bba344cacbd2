using System.Text.Json;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.OpenAI;

/// <summary>A parsed POST /v1/completions: one generation per prompt.</summary>
/// <param name="Echo">Put the prompt before the answer.</param>
/// <param name="Keep">Choices returned per prompt; the generations make <c>best_of</c> of them.</param>
internal sealed record CompletionRequest(
    string Model, IReadOnlyList<GenerationRequest> Prompts, IReadOnlyList<string> PromptTexts, bool Echo, int Keep, bool Stream, bool IncludeUsage)
{
    /// <summary>OpenAI's default for this endpoint.</summary>
    private const int DefaultMaxTokens = 16;

    private const int MaxPrompts = 2048;

    public static CompletionRequest Parse(JsonElement body)
    {
        var model = ChatRequest.ReadModel(body);
        var prompts = ReadPrompts(body);
        var stream = body.Boolean("stream") ?? false;
        var n = body.Integer("n", 1, 128) ?? 1;
        var bestOf = body.Integer("best_of", 1, 20) ?? n;
        if (bestOf < n) throw JsonFields.InvalidValue("best_of", "must be at least 'n'.");
        if (stream && bestOf > n) throw JsonFields.InvalidValue("best_of", "results cannot be streamed when it is greater than 'n'.");
        var logprobs = body.Integer("logprobs", 0, 5);
        ChatRequest.CheckRanges(body);
        var template = new GenerationRequest
        {
            Model = model,
            Messages = [],
            RawPrompt = true,
            MaxTokens = body.Integer("max_tokens", 0, int.MaxValue) ?? DefaultMaxTokens,
            Stop = ChatRequest.ReadStop(body),
            Seed = body.Long("seed"),
            Choices = bestOf,
            Logprobs = logprobs is not null,
            TopLogprobs = logprobs ?? 0,
            Temperature = body.Number("temperature", 0, 2),
        };
        var suffixTokens = Tokenizer.Count(body.String("suffix") ?? "");
        return new CompletionRequest(
            model,
            [.. prompts.Select(p => template with { Messages = [new(MessageRole.User, p.Text)], PromptTokens = p.Tokens + suffixTokens })],
            [.. prompts.Select(p => p.Text)],
            body.Boolean("echo") ?? false,
            n,
            stream,
            ChatRequest.ReadIncludeUsage(body, stream));
    }

    private static List<(string Text, int Tokens)> ReadPrompts(JsonElement body)
    {
        if (body.Field("prompt") is not { } prompt) return [("<|endoftext|>", 1)];
        if (prompt.ValueKind == JsonValueKind.String) return [Counted(prompt.Text("prompt"))];
        if (prompt.ValueKind != JsonValueKind.Array) throw JsonFields.WrongType("prompt", "a string or an array", prompt);
        if (prompt.GetArrayLength() is 0 or > MaxPrompts) throw JsonFields.InvalidValue("prompt", $"the array must have 1 to {MaxPrompts} entries.");
        if (prompt[0].ValueKind == JsonValueKind.Number) return [OfTokens(TokenInput.Read(prompt, "prompt"))];
        return [.. prompt.EnumerateArray().Select((p, i) => p.ValueKind == JsonValueKind.Array
            ? OfTokens(TokenInput.Read(p, $"prompt[{i}]"))
            : Counted(p.Text($"prompt[{i}]")))];
    }

    private static (string, int) Counted(string text) => (text, Math.Max(1, Tokenizer.Count(text)));

    // No vocabulary stands behind token ids: their text is the ids themselves.
    private static (string, int) OfTokens(int[] tokens) => (string.Join(' ', tokens), tokens.Length);
}

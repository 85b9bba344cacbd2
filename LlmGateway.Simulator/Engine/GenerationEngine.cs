using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmGateway.Simulator.Models;

namespace LlmGateway.Simulator.Engine;

/// <summary>
/// Turns a request into an answer, deterministically: same request and seed, same answer, on every machine.
/// <list type="bullet">
/// <item>A last user message <c>!echo TEXT</c> is answered with exactly TEXT (whatever the response format).</item>
/// <item><c>!words N</c> is answered with N words (1 to 1,000,000).</item>
/// <item>Tools: see <see cref="ToolCaller"/>. After a tool message the answer quotes the tool's result.</item>
/// <item><c>json_object</c> answers an object with <c>question</c> and <c>answer</c>; <c>json_schema</c> an instance of the schema.</item>
/// </list>
/// </summary>
internal static class GenerationEngine
{
    /// <summary>Prompt tokens added per message, and once for the start of the answer.</summary>
    public const int MessageOverhead = 4;

    public const int ImageTokens = 85;

    public const int MaxWords = 1_000_000;

    private const string EchoDirective = "!echo ";
    private const string WordsDirective = "!words ";

    /// <exception cref="SimulatorException">The prompt does not fit the model's context, or a schema cannot be satisfied.</exception>
    public static Generation Generate(GenerationRequest request, SimulatedModel model)
    {
        var promptTokens = CountPrompt(request);
        var room = model.ContextLength - promptTokens;
        if (room <= 0) throw SimulatorException.ContextLengthExceeded(model, promptTokens);
        var limit = Math.Min(request.MaxTokens ?? int.MaxValue, room);
        var choices = new GeneratedChoice[request.Choices];
        for (var i = 0; i < choices.Length; i++) choices[i] = GenerateChoice(request, limit, i);
        return new Generation(choices, promptTokens, choices.Sum(c => c.CompletionTokens));
    }

    public static int CountPrompt(GenerationRequest request)
    {
        if (request.PromptTokens is { } known) return known;
        var count = request.RawPrompt ? 0 : MessageOverhead;
        foreach (var message in request.Messages)
        {
            count += Tokenizer.Count(message.Text) + (message.ImageCount * ImageTokens) + (request.RawPrompt ? 0 : MessageOverhead);
            foreach (var call in message.ToolCalls) count += Tokenizer.Count(call.Name) + Tokenizer.Count(call.Arguments);
        }

        foreach (var tool in request.Tools)
        {
            count += Tokenizer.Count(tool.Name) + Tokenizer.Count(tool.Description);
            if (tool.Parameters is { } schema) count += Tokenizer.Count(schema.GetRawText());
        }

        return count;
    }

    public static bool IsDirective(string prompt) =>
        prompt.StartsWith(EchoDirective, StringComparison.Ordinal) || WordCount(prompt) is not null;

    private static GeneratedChoice GenerateChoice(GenerationRequest request, int limit, int index)
    {
        var prompt = new PromptReader(LastUserText(request));
        var calls = request.FilterAfter is null ? ToolCaller.Decide(request, prompt, index) : [];
        if (calls.Count > 0) return LimitCalls(calls, limit, index);

        var tokens = Tokenizer.Split(ComposeText(request, prompt, index));
        var finish = FinishReason.Stop;
        var isFiltered = request.FilterAfter <= limit;
        if (isFiltered) limit = request.FilterAfter!.Value;
        if (tokens.Count > limit)
        {
            tokens.RemoveRange(limit, tokens.Count - limit);
            finish = FinishReason.Length;
        }

        if (CutAtStop(tokens, request.Stop)) finish = FinishReason.Stop;
        if (isFiltered) finish = FinishReason.ContentFilter;
        var logprobs = request.Logprobs ? LogprobMaker.Make(tokens, request.TopLogprobs) : null;
        return new GeneratedChoice(index, tokens, finish, [], tokens.Count, logprobs);
    }

    private static string LastUserText(GenerationRequest request) =>
        request.Messages.LastOrDefault(m => m.Role == MessageRole.User)?.Text ?? "";

    private static string ComposeText(GenerationRequest request, PromptReader prompt, int choice)
    {
        var lastIsTool = request.Messages.Count > 0 && request.Messages[^1].Role == MessageRole.Tool;
        if (!lastIsTool && prompt.Text.StartsWith(EchoDirective, StringComparison.Ordinal)) return prompt.Text[EchoDirective.Length..];
        if (!lastIsTool && WordCount(prompt.Text) is { } words) return Writer.Words(request, words, choice);

        var prose = lastIsTool ? Writer.ComposeToolAnswer(request, choice) : Writer.Compose(request, prompt, choice);
        return request.ResponseFormat.Kind switch
        {
            ResponseFormatKind.JsonObject => AnswerObject(prompt.Text, prose),
            ResponseFormatKind.JsonSchema when request.ResponseFormat.Schema is { } schema =>
                new SchemaInstances(schema, prompt, (int)((request.Seed ?? 0) & 0xFFFF) + choice).Generate(),
            _ => prose,
        };
    }

    private static int? WordCount(string text) =>
        text.StartsWith(WordsDirective, StringComparison.Ordinal)
        && int.TryParse(text.AsSpan(WordsDirective.Length).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? Math.Clamp(count, 1, MaxWords)
            : null;

    private static string AnswerObject(string question, string answer)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, SimulatorJson.WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("question", question);
            writer.WriteString("answer", answer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>Cuts before the earliest stop string, also when it spans tokens. True when one was found.</summary>
    private static bool CutAtStop(List<string> tokens, IReadOnlyList<string> stops)
    {
        if (stops.Count == 0) return false;
        var text = string.Concat(tokens);
        var cut = stops.Where(s => s.Length > 0).Select(s => text.IndexOf(s, StringComparison.Ordinal)).Where(at => at >= 0)
            .DefaultIfEmpty(-1).Min();
        if (cut < 0) return false;

        var length = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            if (length + tokens[i].Length > cut)
            {
                var rest = cut - length;
                tokens.RemoveRange(rest > 0 ? i + 1 : i, tokens.Count - (rest > 0 ? i + 1 : i));
                if (rest > 0) tokens[i] = tokens[i][..rest];
                break;
            }

            length += tokens[i].Length;
        }

        return true;
    }

    /// <summary>A token limit inside the arguments cuts them there, as real servers do, and finishes with length.</summary>
    private static GeneratedChoice LimitCalls(List<ToolCall> calls, int limit, int index)
    {
        var kept = new List<ToolCall>(calls.Count);
        var used = 0;
        foreach (var call in calls)
        {
            var nameTokens = Tokenizer.Count(call.Name);
            if (used + nameTokens >= limit && kept.Count > 0) return new(index, [], FinishReason.Length, kept, used, null);
            used += nameTokens;
            var arguments = Tokenizer.Split(call.Arguments);
            var room = Math.Max(limit - used, 0);
            if (arguments.Count > room)
            {
                kept.Add(call with { Arguments = string.Concat(arguments.Take(room)) });
                return new(index, [], FinishReason.Length, kept, Math.Min(used + room, limit), null);
            }

            used += arguments.Count;
            kept.Add(call);
        }

        return new(index, [], FinishReason.ToolCalls, kept, used, null);
    }
}

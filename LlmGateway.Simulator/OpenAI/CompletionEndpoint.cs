using System.Globalization;
using System.Text.Json;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.OpenAI;

/// <summary>POST /v1/completions, the older text endpoint.</summary>
internal static class CompletionEndpoint
{
    public static async Task HandleAsync(Exchange exchange)
    {
        var request = CompletionRequest.Parse(exchange.ParseBody());
        using var lease = await exchange.BeginAsync(request.Model, ModelCapabilities.Completion);
        var answer = Generate(request, exchange);
        if (request.Stream) await StreamAsync(exchange, answer);
        else await WriteWholeAsync(exchange, answer);
    }

    private static CompletionAnswer Generate(CompletionRequest request, Exchange exchange)
    {
        var choices = new List<CompletionChoice>();
        int prompt = 0, completion = 0;
        for (var p = 0; p < request.Prompts.Count; p++)
        {
            var generation = GenerationEngine.Generate(request.Prompts[p] with { Model = exchange.Model.Name, FilterAfter = exchange.FilterAfter }, exchange.Model);
            prompt += generation.PromptTokens;
            completion += generation.CompletionTokens;
            foreach (var choice in generation.Choices.Take(request.Keep))
                choices.Add(CompletionChoice.Of(choices.Count, choice, request.Echo ? request.PromptTexts[p] : "", request.Prompts[p]));
        }

        return new CompletionAnswer(
            "cmpl-" + Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture),
            exchange.Time.GetUtcNow().ToUnixTimeSeconds(), exchange.Model.Name, choices, prompt, completion, request.IncludeUsage);
    }

    private static async Task WriteWholeAsync(Exchange exchange, CompletionAnswer answer)
    {
        await exchange.PaceAsync(Math.Max(0, answer.Choices.Max(c => c.Tokens.Count) - 1));
        exchange.CountTokens(answer.CompletionTokens);
        await exchange.WriteJsonAsync(200, answer, static (json, a) => CompletionJson.WriteWhole(json, a));
    }

    private static async Task StreamAsync(Exchange exchange, CompletionAnswer answer)
    {
        await exchange.PaceAsync(0);
        await exchange.StartStreamAsync();
        var longest = answer.Choices.Max(c => c.Tokens.Count);
        for (var i = 0; i <= longest; i++)
        {
            if (i < longest) await exchange.PaceAsync(i);
            foreach (var choice in answer.Choices)
            {
                if (i > choice.Tokens.Count) continue;
                var kind = i == choice.Tokens.Count ? FrameKind.Finish : FrameKind.Content;
                await exchange.WriteFrameAsync(kind, (answer, choice, i), static (json, s) => CompletionJson.WriteChunk(json, s.answer, s.choice, s.i));
                if (kind == FrameKind.Content && i >= choice.EchoedTokens) exchange.CountTokens(1);
            }
        }

        if (answer.IncludeUsage)
            await exchange.WriteFrameAsync(FrameKind.Usage, answer, static (json, a) => CompletionJson.WriteUsageChunk(json, a));
        await exchange.WriteRawFrameAsync(FrameKind.Done, OpenAIJson.Done);
        await exchange.EndStreamAsync();
    }
}

internal sealed record CompletionAnswer(
    string Id, long Created, string Model, IReadOnlyList<CompletionChoice> Choices, int PromptTokens, int CompletionTokens, bool IncludeUsage);

/// <param name="Tokens">Echoed prompt tokens first, then the answer's.</param>
internal sealed record CompletionChoice(
    int Index, IReadOnlyList<string> Tokens, int EchoedTokens, FinishReason FinishReason, IReadOnlyList<TokenLogprob>? Logprobs)
{
    public static CompletionChoice Of(int index, GeneratedChoice choice, string echo, GenerationRequest request)
    {
        var echoed = Tokenizer.Split(echo);
        var logprobs = choice.Logprobs;
        if (logprobs is not null && echoed.Count > 0) logprobs = [.. LogprobMaker.Make(echoed, request.TopLogprobs), .. logprobs];
        return new CompletionChoice(index, [.. echoed, .. choice.Tokens], echoed.Count, choice.FinishReason, logprobs);
    }
}

/// <summary>text_completion objects.</summary>
internal static class CompletionJson
{
    public static void WriteWhole(Utf8JsonWriter json, CompletionAnswer answer)
    {
        json.WriteStartObject();
        OpenAIJson.WriteHead(json, answer.Id, "text_completion"u8, answer.Created, answer.Model);
        json.WriteStartArray("choices"u8);
        foreach (var choice in answer.Choices) WriteChoice(json, choice, string.Concat(choice.Tokens), 0, choice.Tokens.Count, finished: true);
        json.WriteEndArray();
        OpenAIJson.WriteUsage(json, answer.PromptTokens, answer.CompletionTokens);
        json.WriteEndObject();
    }

    public static void WriteChunk(Utf8JsonWriter json, CompletionAnswer answer, CompletionChoice choice, int token)
    {
        var finished = token == choice.Tokens.Count;
        json.WriteStartObject();
        OpenAIJson.WriteHead(json, answer.Id, "text_completion"u8, answer.Created, answer.Model);
        json.WriteStartArray("choices"u8);
        WriteChoice(json, choice, finished ? "" : choice.Tokens[token], token, finished ? 0 : 1, finished);
        json.WriteEndArray();
        if (answer.IncludeUsage) json.WriteNull("usage"u8);
        json.WriteEndObject();
    }

    public static void WriteUsageChunk(Utf8JsonWriter json, CompletionAnswer answer)
    {
        json.WriteStartObject();
        OpenAIJson.WriteHead(json, answer.Id, "text_completion"u8, answer.Created, answer.Model);
        json.WriteStartArray("choices"u8);
        json.WriteEndArray();
        OpenAIJson.WriteUsage(json, answer.PromptTokens, answer.CompletionTokens);
        json.WriteEndObject();
    }

    private static void WriteChoice(Utf8JsonWriter json, CompletionChoice choice, string text, int from, int count, bool finished)
    {
        json.WriteStartObject();
        json.WriteString("text"u8, text);
        json.WriteNumber("index"u8, choice.Index);
        if (choice.Logprobs is { } logprobs && count > 0) WriteLogprobs(json, choice, logprobs, from, count);
        else json.WriteNull("logprobs"u8);
        if (finished) json.WriteString("finish_reason"u8, OpenAIJson.NameOf(choice.FinishReason, named: false));
        else json.WriteNull("finish_reason"u8);
        json.WriteEndObject();
    }

    private static void WriteLogprobs(Utf8JsonWriter json, CompletionChoice choice, IReadOnlyList<TokenLogprob> logprobs, int from, int count)
    {
        json.WriteStartObject("logprobs"u8);
        json.WriteStartArray("tokens"u8);
        for (var i = from; i < from + count; i++) json.WriteStringValue(logprobs[i].Token);
        json.WriteEndArray();
        json.WriteStartArray("token_logprobs"u8);
        for (var i = from; i < from + count; i++) json.WriteNumberValue(logprobs[i].Logprob);
        json.WriteEndArray();
        json.WriteStartArray("top_logprobs"u8);
        for (var i = from; i < from + count; i++)
        {
            json.WriteStartObject();
            foreach (var (token, logprob) in logprobs[i].Top) json.WriteNumber(token, logprob);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("text_offset"u8);
        var offset = choice.Tokens.Take(from).Sum(t => t.Length);
        for (var i = from; i < from + count; i++)
        {
            json.WriteNumberValue(offset);
            offset += choice.Tokens[i].Length;
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}

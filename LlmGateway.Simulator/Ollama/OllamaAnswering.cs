using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Ollama;

/// <summary>Gives an answer at the model's pace: a line per token and per tool call, or one document.</summary>
internal static class OllamaAnswering
{
    public static async Task GiveAsync(Exchange exchange, OllamaAnswer answer, OllamaClock clock, bool stream)
    {
        if (stream) await StreamAsync(exchange, answer, clock);
        else await WriteWholeAsync(exchange, answer, clock);
    }

    /// <summary>The answer to a request that only loads or unloads the model.</summary>
    public static ValueTask WriteEmptyAsync(Exchange exchange, bool isChat, string model, string reason) =>
        exchange.WriteJsonAsync(200, (isChat, model, reason, exchange.Time), static (json, s) =>
        {
            OllamaAnswerJson.WriteHead(json, s.model, s.Time.GetUtcNow());
            OllamaAnswerJson.WriteParts(json, s.isChat, "", "", []);
            OllamaAnswerJson.WriteDone(json, s.reason);
            json.WriteEndObject();
        });

    private static async Task WriteWholeAsync(Exchange exchange, OllamaAnswer answer, OllamaClock clock)
    {
        await exchange.PaceAsync(0);
        clock.Generating();
        await exchange.PaceAsync(Math.Max(0, answer.CompletionTokens - 1));
        exchange.CountTokens(answer.CompletionTokens);
        await exchange.WriteJsonAsync(200, (answer, clock, exchange.Time), static (json, s) =>
        {
            OllamaAnswerJson.WriteHead(json, s.answer.Model, s.Time.GetUtcNow());
            OllamaAnswerJson.WriteParts(json, s.answer.IsChat, string.Concat(s.answer.Tokens), string.Concat(s.answer.Thoughts), s.answer.Calls);
            OllamaAnswerJson.WriteDone(json, s.answer.Reason);
            if (s.answer.Logprobs is { Count: > 0 } logprobs) OllamaAnswerJson.WriteLogprobs(json, logprobs);
            OllamaAnswerJson.WriteMetrics(json, s.answer, s.clock);
            json.WriteEndObject();
        });
    }

    private static async Task StreamAsync(Exchange exchange, OllamaAnswer answer, OllamaClock clock)
    {
        await exchange.PaceAsync(0);
        clock.Generating();
        await exchange.StartStreamAsync();
        for (var i = 0; i < answer.Thoughts.Count; i++) await WriteLineAsync(exchange, answer, i, "", answer.Thoughts[i]);
        for (var i = 0; i < answer.Tokens.Count; i++)
            await WriteLineAsync(exchange, answer, answer.Thoughts.Count + i, answer.Tokens[i], "", answer.Logprobs?[i]);
        await WriteCallsAsync(exchange, answer);
        await exchange.WriteFrameAsync(FrameKind.Last, (answer, clock, exchange.Time), static (json, s) =>
        {
            OllamaAnswerJson.WriteHead(json, s.answer.Model, s.Time.GetUtcNow());
            OllamaAnswerJson.WriteParts(json, s.answer.IsChat, "", "", []);
            OllamaAnswerJson.WriteDone(json, s.answer.Reason);
            OllamaAnswerJson.WriteMetrics(json, s.answer, s.clock);
            json.WriteEndObject();
        });
        await exchange.EndStreamAsync();
    }

    private static async ValueTask WriteLineAsync(Exchange exchange, OllamaAnswer answer, int token, string text, string thought, TokenLogprob? logprob = null)
    {
        await exchange.PaceAsync(token);
        await exchange.WriteFrameAsync(FrameKind.Content, (answer, text, thought, logprob, exchange.Time), static (json, s) =>
        {
            OllamaAnswerJson.WriteHead(json, s.answer.Model, s.Time.GetUtcNow());
            OllamaAnswerJson.WriteParts(json, s.answer.IsChat, s.text, s.thought, []);
            json.WriteBoolean("done"u8, false);
            if (s.logprob is not null) OllamaAnswerJson.WriteLogprobs(json, [s.logprob]);
            json.WriteEndObject();
        });
        exchange.CountTokens(1);
    }

    /// <summary>A call comes whole, once all its tokens are there.</summary>
    private static async ValueTask WriteCallsAsync(Exchange exchange, OllamaAnswer answer)
    {
        var generated = answer.Thoughts.Count + answer.Tokens.Count;
        for (var i = 0; i < answer.Calls.Count; i++)
        {
            var call = answer.Calls[i];
            var tokens = Tokenizer.Count(call.Name) + Tokenizer.Count(call.Arguments);
            generated += tokens;
            await exchange.PaceAsync(generated - 1);
            await exchange.WriteFrameAsync(FrameKind.Content, (answer, call, i, exchange.Time), static (json, s) =>
            {
                OllamaAnswerJson.WriteHead(json, s.answer.Model, s.Time.GetUtcNow());
                OllamaAnswerJson.WriteParts(json, true, "", "", [s.call], s.i);
                json.WriteBoolean("done"u8, false);
                json.WriteEndObject();
            });
            exchange.CountTokens(tokens);
        }
    }
}

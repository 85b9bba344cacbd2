using System.Globalization;
using System.Text.Json;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Ollama;

/// <summary>One answer of <c>/api/chat</c> or <c>/api/generate</c>, computed before it is paced out.</summary>
/// <param name="Model">As the client wrote it.</param>
/// <param name="Thoughts">Tokens of the thoughts that come first.</param>
/// <param name="Calls">Calls whose arguments are whole; a call that ran into the token limit is none.</param>
/// <param name="Reason">The done reason.</param>
/// <param name="Context">Token ids of prompt and answer, which <c>/api/generate</c> gives; null for chat and raw prompts.</param>
internal sealed record OllamaAnswer(
    string Model, bool IsChat, IReadOnlyList<string> Thoughts, IReadOnlyList<string> Tokens, IReadOnlyList<TokenLogprob>? Logprobs,
    IReadOnlyList<ToolCall> Calls, string Reason, int PromptTokens, int CompletionTokens, IReadOnlyList<int>? Context)
{
    /// <summary>Thoughts are part of what is generated and count against its limit.</summary>
    public static OllamaAnswer Make(Exchange exchange, GenerationRequest request, PromptWindow window, bool isChat, bool thinks, bool withContext)
    {
        var fitted = window.Fit(request) with { Model = exchange.Model.Name, FilterAfter = exchange.FilterAfter };
        var thoughts = thinks ? Thinker.Think(fitted) : [];
        var limit = Math.Min(fitted.MaxTokens ?? int.MaxValue, window.Room(fitted.PromptTokens!.Value));
        if (thoughts.Count >= limit)
        {
            thoughts.RemoveRange(limit, thoughts.Count - limit);
            return new OllamaAnswer(exchange.RequestedModel, isChat, thoughts, [], null, [], "length", fitted.PromptTokens.Value, limit, null);
        }

        // The window has been dealt with: nothing but the token limit may stop the engine.
        var model = exchange.Model with { ContextLength = int.MaxValue };
        var generation = GenerationEngine.Generate(fitted with { MaxTokens = limit == int.MaxValue ? null : limit - thoughts.Count }, model);
        var choice = generation.Choices[0];
        return new OllamaAnswer(
            exchange.RequestedModel, isChat, thoughts, choice.Tokens, choice.Logprobs,
            [.. choice.ToolCalls.Where(c => c.IsWhole())], choice.FinishReason == FinishReason.Length ? "length" : "stop",
            generation.PromptTokens, thoughts.Count + generation.CompletionTokens,
            withContext ? [.. fitted.Messages.SelectMany(m => Tokenizer.Split(m.Text)).Concat(choice.Tokens).Select(t => (int)(StableHash.Of(t) % 128_000))] : null);
    }
}

/// <summary>Durations of an answer, measured as it is given.</summary>
internal sealed class OllamaClock(Exchange exchange)
{
    private readonly long _start = exchange.Time.GetTimestamp();
    private long _prompt;
    private long _generation;

    public TimeSpan Load { get; private set; }

    /// <summary>The model is loaded; the prompt comes next.</summary>
    public void Loaded(ModelLease lease)
    {
        Load = lease.LoadDuration;
        _prompt = exchange.Time.GetTimestamp();
    }

    /// <summary>The first token is there.</summary>
    public void Generating() => _generation = exchange.Time.GetTimestamp();

    /// <summary>Total, load, prompt and generation in nanoseconds; each at least 1, which is what a member must be to be written.</summary>
    public (long Total, long Load, long Prompt, long Generation) Read() => (
        Nanoseconds(exchange.Time.GetElapsedTime(_start)), Nanoseconds(Load),
        Nanoseconds(exchange.Time.GetElapsedTime(_prompt, _generation == 0 ? exchange.Time.GetTimestamp() : _generation)),
        Nanoseconds(_generation == 0 ? TimeSpan.Zero : exchange.Time.GetElapsedTime(_generation)));

    public static long Nanoseconds(TimeSpan time) => Math.Max(time.Ticks * TimeSpan.NanosecondsPerTick, 1);
}

/// <summary>The documents of an answer, members in the order of Ollama's own types.</summary>
internal static class OllamaAnswerJson
{
    public static void WriteHead(Utf8JsonWriter json, string model, DateTimeOffset now)
    {
        json.WriteStartObject();
        json.WriteString("model"u8, model);
        json.WriteString("created_at"u8, Timestamp(now));
    }

    /// <summary>Go's RFC 3339 with as many digits as there are.</summary>
    public static string Timestamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <param name="json">Stands behind the head.</param>
    /// <param name="isChat">Text goes into a message.</param>
    public static void WriteParts(Utf8JsonWriter json, bool isChat, string text, string thoughts, IReadOnlyList<ToolCall> calls, int firstCall = 0)
    {
        if (!isChat)
        {
            json.WriteString("response"u8, text);
            if (thoughts.Length > 0) json.WriteString("thinking"u8, thoughts);
            return;
        }

        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("content"u8, text);
        if (thoughts.Length > 0) json.WriteString("thinking"u8, thoughts);
        if (calls.Count > 0) WriteCalls(json, calls, firstCall);
        json.WriteEndObject();
    }

    public static void WriteLogprobs(Utf8JsonWriter json, IEnumerable<TokenLogprob> logprobs)
    {
        json.WriteStartArray("logprobs"u8);
        foreach (var entry in logprobs)
        {
            json.WriteStartObject();
            WriteToken(json, entry.Token, entry.Logprob);
            if (entry.Top.Count > 0)
            {
                json.WriteStartArray("top_logprobs"u8);
                foreach (var (token, logprob) in entry.Top)
                {
                    json.WriteStartObject();
                    WriteToken(json, token, logprob);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteDone(Utf8JsonWriter json, string reason)
    {
        json.WriteBoolean("done"u8, true);
        json.WriteString("done_reason"u8, reason);
    }

    public static void WriteMetrics(Utf8JsonWriter json, OllamaAnswer answer, OllamaClock clock)
    {
        if (answer.Context is { } context)
        {
            json.WriteStartArray("context"u8);
            foreach (var id in context) json.WriteNumberValue(id);
            json.WriteEndArray();
        }

        var (total, load, prompt, generation) = clock.Read();
        json.WriteNumber("total_duration"u8, total);
        json.WriteNumber("load_duration"u8, load);
        json.WriteNumber("prompt_eval_count"u8, answer.PromptTokens);
        json.WriteNumber("prompt_eval_duration"u8, prompt);
        json.WriteNumber("eval_count"u8, answer.CompletionTokens);
        json.WriteNumber("eval_duration"u8, generation);
    }

    private static void WriteCalls(Utf8JsonWriter json, IReadOnlyList<ToolCall> calls, int first)
    {
        json.WriteStartArray("tool_calls"u8);
        for (var i = 0; i < calls.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, calls[i].Id);
            json.WriteStartObject("function"u8);
            json.WriteNumber("index"u8, first + i);
            json.WriteString("name"u8, calls[i].Name);
            json.WritePropertyName("arguments"u8);
            json.WriteRawValue(calls[i].Arguments);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteToken(Utf8JsonWriter json, string token, double logprob)
    {
        json.WriteString("token"u8, token);
        json.WriteNumber("logprob"u8, logprob);
        json.WriteStartArray("bytes"u8);
        foreach (var b in System.Text.Encoding.UTF8.GetBytes(token)) json.WriteNumberValue(b);
        json.WriteEndArray();
    }
}

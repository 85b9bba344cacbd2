using System.Buffers;
using System.Text.Json;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Ollama;

/// <summary>The parts of OpenAI documents that whole and streamed answers share.</summary>
internal static class AnswerParts
{
    /// <summary>
    /// <c>usage</c>, and <c>timings</c> in milliseconds under the names that llama.cpp's server gives them, with <c>load_ms</c> (time
    /// spent loading the model) and <c>total_ms</c> besides.
    /// </summary>
    public static void WriteMetrics(PooledBuffer output, in OllamaMetrics metrics)
    {
        var prompt = metrics.PromptTokens ?? 0;
        var completion = metrics.CompletionTokens ?? 0;
        output.Write(",\"usage\":{\"prompt_tokens\":"u8);
        output.WriteNumber(prompt);
        output.Write(",\"completion_tokens\":"u8);
        output.WriteNumber(completion);
        output.Write(",\"total_tokens\":"u8);
        output.WriteNumber(prompt + completion);
        output.Write("},\"timings\":{\"prompt_n\":"u8);
        output.WriteNumber(prompt);
        output.Write(",\"prompt_ms\":"u8);
        output.WriteMilliseconds(metrics.Prompt);
        output.Write(",\"predicted_n\":"u8);
        output.WriteNumber(completion);
        output.Write(",\"predicted_ms\":"u8);
        output.WriteMilliseconds(metrics.Completion);
        output.Write(",\"load_ms\":"u8);
        output.WriteMilliseconds(metrics.Load);
        output.Write(",\"total_ms\":"u8);
        output.WriteMilliseconds(metrics.Total);
        output.Write("}"u8);
    }

    /// <summary>The reason in OpenAI's words; null when the answer did not end as one.</summary>
    public static string? FinishReason(DoneReason reason, bool hasToolCalls) => reason switch
    {
        DoneReason.None or DoneReason.Stop => hasToolCalls ? FinishReasons.ToolCalls : FinishReasons.Stop,
        DoneReason.ToolCalls => FinishReasons.ToolCalls,
        DoneReason.Length => FinishReasons.Length,
        DoneReason.ContentFilter => FinishReasons.ContentFilter,
        _ => null,
    };

    /// <summary>
    /// Ollama's list of calls as OpenAI's, arguments as a string. False when a call is none.
    /// </summary>
    /// <param name="calls">The JSON array.</param>
    /// <param name="next">Calls of this answer so far; counts on. Ollama's own <c>index</c> is 0 for every call in many versions.</param>
    /// <param name="withIndex">Streams tell the index.</param>
    /// <param name="output">Receives the array.</param>
    public static bool TryWriteToolCalls(ReadOnlySpan<byte> calls, ref int next, bool withIndex, PooledBuffer output)
    {
        var reader = new Utf8JsonReader(calls);
        reader.Read();
        var separator = "["u8;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            if (!ToolCall.TryRead(ref reader, out var call))
            {
                return false;
            }

            output.Write(separator);
            separator = ","u8;
            call.Write(calls, next++, withIndex, output);
        }

        output.Write("]"u8);
        return reader.TokenType == JsonTokenType.EndArray;
    }

    /// <summary>Ollama's list of token probabilities as the <c>logprobs</c> object of a choice. False when it is none.</summary>
    public static bool TryWriteLogprobs(ReadOnlyMemory<byte> tokens, PooledBuffer output)
    {
        using var document = JsonDocument.Parse(tokens, JsonText.DocumentOptions);
        using var json = new Utf8JsonWriter(output, JsonText.WriterOptions);
        json.WriteStartObject();
        json.WriteStartArray("content"u8);
        foreach (var token in document.RootElement.EnumerateArray())
        {
            if (!TryWriteToken(token, json))
            {
                return false;
            }

            json.WriteStartArray("top_logprobs"u8);
            if (token.TryGetProperty("top_logprobs"u8, out var top) && top.ValueKind == JsonValueKind.Array)
            {
                foreach (var other in top.EnumerateArray())
                {
                    if (!TryWriteToken(other, json))
                    {
                        return false;
                    }

                    json.WriteEndObject();
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNull("refusal"u8);
        json.WriteEndObject();
        return true;
    }

    /// <summary>Leaves the object open. OpenAI demands <c>bytes</c>, which Ollama leaves out for an empty token.</summary>
    private static bool TryWriteToken(JsonElement token, Utf8JsonWriter json)
    {
        if (token.ValueKind != JsonValueKind.Object
            || !token.TryGetProperty("token"u8, out var text) || text.ValueKind != JsonValueKind.String
            || !token.TryGetProperty("logprob"u8, out var logprob) || logprob.ValueKind != JsonValueKind.Number)
        {
            return false;
        }

        json.WriteStartObject();
        json.WriteRaw("token"u8, text);
        json.WriteRaw("logprob"u8, logprob);
        if (JsonText.TryGet(token, "bytes"u8, out var bytes))
        {
            json.WriteRaw("bytes"u8, bytes);
        }
        else
        {
            json.WriteNull("bytes"u8);
        }

        return true;
    }
}

using System.Text.Json;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Ollama;

/// <summary>POST /api/embed, and POST /api/embeddings, which came before it and takes one text.</summary>
internal static class EmbedEndpoint
{
    public static async Task HandleAsync(Exchange exchange)
    {
        var clock = new OllamaClock(exchange);
        var body = exchange.ParseBody();
        var model = OllamaFields.FindModel(exchange, body, missing: 404);
        var texts = ReadInput(body);
        var dimensions = body.Integer("dimensions", 0, int.MaxValue) ?? 0;
        var window = OllamaFields.ReadWindow(body, model);
        var truncate = body.Boolean("truncate") ?? true;
        using var lease = await exchange.BeginAsync(body.String("model")!, ModelCapabilities.None, OllamaFields.ReadKeepAlive(body));
        clock.Loaded(lease);

        var tokens = 0;
        var vectors = new List<float[]>(texts.Count);
        // More dimensions than the model has are all it has.
        var size = dimensions == 0 ? model.EmbeddingDimensions : Math.Min(dimensions, model.EmbeddingDimensions);
        foreach (var text in texts)
        {
            var pieces = Tokenizer.Split(text);
            if (pieces.Count > window && !truncate) throw OllamaFields.Refused(400, "the input length exceeds the context length");
            tokens += Math.Min(pieces.Count, window);
            vectors.Add(Embedder.Embed(pieces.Count > window ? string.Concat(pieces.Take(window)) : text, size));
        }

        await exchange.PaceAsync(0);
        await exchange.WriteJsonAsync(200, (exchange.RequestedModel, vectors, tokens, clock), static (json, s) => Write(json, s.RequestedModel, s.vectors, s.tokens, s.clock));
    }

    public static async Task HandleOldAsync(Exchange exchange)
    {
        var body = exchange.ParseBody();
        var model = OllamaFields.FindModel(exchange, body);
        var prompt = body.String("prompt") ?? "";
        using var lease = await exchange.BeginAsync(body.String("model")!, ModelCapabilities.None, OllamaFields.ReadKeepAlive(body));
        await exchange.PaceAsync(0);
        await exchange.WriteJsonAsync(200, prompt.Length == 0 ? [] : Embedder.Embed(prompt, model.EmbeddingDimensions), static (json, vector) =>
        {
            json.WriteStartObject();
            json.WritePropertyName("embedding"u8);
            WriteVector(json, vector);
            json.WriteEndObject();
        });
    }

    private static List<string> ReadInput(JsonElement body)
    {
        if (body.Field("input") is not { } input) return [];
        if (input.ValueKind == JsonValueKind.String) return input.Text("input") is { Length: > 0 } text ? [text] : [];
        if (input.ValueKind != JsonValueKind.Array) throw OllamaFields.Refused(400, "invalid input type");
        return [.. input.EnumerateArray().Select(e => e.ValueKind == JsonValueKind.String ? e.Text("input") : throw OllamaFields.Refused(400, "invalid input type"))];
    }

    private static void Write(Utf8JsonWriter json, string model, List<float[]> vectors, int tokens, OllamaClock clock)
    {
        json.WriteStartObject();
        json.WriteString("model"u8, model);
        json.WriteStartArray("embeddings"u8);
        foreach (var vector in vectors) WriteVector(json, vector);
        json.WriteEndArray();
        if (vectors.Count > 0)
        {
            var (total, load, _, _) = clock.Read();
            json.WriteNumber("total_duration"u8, total);
            json.WriteNumber("load_duration"u8, load);
            if (tokens > 0) json.WriteNumber("prompt_eval_count"u8, tokens);
        }

        json.WriteEndObject();
    }

    private static void WriteVector(Utf8JsonWriter json, float[] vector)
    {
        json.WriteStartArray();
        foreach (var x in vector) json.WriteNumberValue(x);
        json.WriteEndArray();
    }
}

using System.Runtime.InteropServices;
using System.Text.Json;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.OpenAI;

/// <summary>POST /v1/embeddings. base64 is little-endian float32, four bytes a number.</summary>
internal static class EmbeddingsEndpoint
{
    private const int MaxInputs = 2048;
    private const int MaxDimensions = 8192;

    public static async Task HandleAsync(Exchange exchange)
    {
        var body = exchange.ParseBody();
        var model = ChatRequest.ReadModel(body);
        var inputs = ReadInputs(body);
        var base64 = (body.String("encoding_format") ?? "float") switch
        {
            "float" => false,
            "base64" => true,
            var other => throw JsonFields.InvalidValue("encoding_format", $"'{other}' is not one of float, base64."),
        };
        var dimensions = body.Integer("dimensions", 1, MaxDimensions);
        body.String("user");

        using var lease = await exchange.BeginAsync(model, ModelCapabilities.Embedding);
        var longest = inputs.Max(i => i.Tokens);
        if (longest > exchange.Model.ContextLength)
            throw SimulatorException.BadRequest(
                $"This model's maximum context length is {exchange.Model.ContextLength} tokens, however you requested {longest} tokens.", "input", "context_length_exceeded");
        var size = dimensions ?? exchange.Model.EmbeddingDimensions;
        var vectors = inputs.Select(i => i.Text is { } text ? Embedder.Embed(text, size) : Embedder.Embed(i.Ids, size)).ToList();
        await exchange.PaceAsync(0);
        await exchange.WriteJsonAsync(200, (vectors, exchange.Model.Name, inputs.Sum(i => i.Tokens), base64), static (json, s) => Write(json, s.vectors, s.Name, s.Item3, s.base64));
    }

    private static List<(string? Text, int[] Ids, int Tokens)> ReadInputs(JsonElement body)
    {
        var input = body.Field("input") ?? throw JsonFields.Missing("input");
        if (input.ValueKind == JsonValueKind.String) return [OfText(input, "input")];
        if (input.ValueKind != JsonValueKind.Array) throw JsonFields.WrongType("input", "a string or an array", input);
        if (input.GetArrayLength() is 0 or > MaxInputs) throw JsonFields.InvalidValue("input", $"the array must have 1 to {MaxInputs} entries.");
        if (input[0].ValueKind == JsonValueKind.Number) return [OfIds(input, "input")];
        return [.. input.EnumerateArray().Select((e, i) => e.ValueKind == JsonValueKind.Array ? OfIds(e, $"input[{i}]") : OfText(e, $"input[{i}]"))];
    }

    private static (string?, int[], int) OfText(JsonElement value, string param)
    {
        var text = value.Text(param);
        if (text.Length == 0) throw JsonFields.InvalidValue(param, "the input must not be an empty string.");
        return (text, [], Tokenizer.Count(text));
    }

    private static (string?, int[], int) OfIds(JsonElement value, string param)
    {
        var ids = TokenInput.Read(value, param);
        return (null, ids, ids.Length);
    }

    private static void Write(Utf8JsonWriter json, List<float[]> vectors, string model, int tokens, bool base64)
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        for (var i = 0; i < vectors.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "embedding"u8);
            json.WriteNumber("index"u8, i);
            if (base64)
            {
                json.WriteBase64String("embedding"u8, LittleEndian(vectors[i]));
            }
            else
            {
                json.WriteStartArray("embedding"u8);
                foreach (var x in vectors[i]) json.WriteNumberValue(x);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("model"u8, model);
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, tokens);
        json.WriteNumber("total_tokens"u8, tokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static ReadOnlySpan<byte> LittleEndian(float[] vector)
    {
        if (BitConverter.IsLittleEndian) return MemoryMarshal.AsBytes(vector.AsSpan());
        var bytes = new byte[vector.Length * sizeof(float)];
        for (var i = 0; i < vector.Length; i++) BitConverter.TryWriteBytes(bytes.AsSpan(i * 4), System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(BitConverter.SingleToInt32Bits(vector[i])));
        return bytes;
    }
}

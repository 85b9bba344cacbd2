using System.Globalization;
using System.Text.Json;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Bedrock;

/// <summary>
/// Cohere Embed v3 and v4 (source: Bedrock User Guide): up to 96 <c>texts</c>, an <c>input_type</c>, <c>embedding_types</c>,
/// <c>output_dimension</c>. What a text's tokens cost is told by a header only.
/// </summary>
/// <param name="Types">Empty: floats, without a name.</param>
/// <param name="Cuts">Texts that are too long are cut, not refused.</param>
internal sealed record CohereEmbeddings(IReadOnlyList<string> Inputs, int? Size, IReadOnlyList<string> Types, bool Cuts) : EmbeddingInvocation(Inputs, Size)
{
    private const int MostTexts = 96;

    public static CohereEmbeddings Parse(JsonElement body)
    {
        var texts = body.Array("texts") ?? throw Malformed("#: required key [texts] not found");
        if (texts.GetArrayLength() is 0 or > MostTexts) throw Malformed($"#/texts: expected minimum item count: 1, maximum item count: {MostTexts}, found: {texts.GetArrayLength()}");
        var inputType = body.String("input_type") ?? throw Malformed("#: required key [input_type] not found");
        if (inputType is not ("search_document" or "search_query" or "classification" or "clustering"))
            throw Malformed($"#/input_type: {inputType} is not a valid enum value");
        var cuts = body.String("truncate") switch
        {
            null or "NONE" => false,
            "START" or "END" or "LEFT" or "RIGHT" => true,
            var other => throw Malformed($"#/truncate: {other} is not a valid enum value"),
        };
        int? size = body.Integer("output_dimension", int.MinValue, int.MaxValue) is not { } wanted ? null
            : wanted is 256 or 512 or 1024 or 1536 ? wanted : throw Malformed($"#/output_dimension: {wanted} is not a valid enum value");
        var types = body.Array("embedding_types") is { } array ? array.EnumerateArray().Select((t, i) => t.Text($"embedding_types[{i}]")).Distinct().ToArray() : [];
        if (Array.Exists(types, t => t is not ("float" or "int8" or "uint8" or "binary" or "ubinary"))) throw Malformed("#/embedding_types: not a valid enum value");
        return new CohereEmbeddings([.. texts.EnumerateArray().Select((t, i) => t.Text($"texts[{i}]"))], size, types, cuts);
    }

    public override void RefuseTooLong(int tokens, int window)
    {
        if (!Cuts) base.RefuseTooLong(tokens, window);
    }

    public override void Write(Utf8JsonWriter json, List<float[]> vectors, int tokens)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, Guid.NewGuid().ToString("D", CultureInfo.InvariantCulture));
        json.WriteString("response_type"u8, Types.Count == 0 ? "embeddings_floats"u8 : "embeddings_by_type"u8);
        json.WriteStartArray("texts"u8);
        foreach (var text in Inputs) json.WriteStringValue(text);
        json.WriteEndArray();
        json.WritePropertyName("embeddings"u8);
        if (Types.Count == 0)
        {
            WriteAll(json, vectors, "float");
        }
        else
        {
            json.WriteStartObject();
            foreach (var type in Types)
            {
                json.WritePropertyName(type);
                WriteAll(json, vectors, type);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteAll(Utf8JsonWriter json, List<float[]> vectors, string type)
    {
        json.WriteStartArray();
        foreach (var vector in vectors)
        {
            switch (type)
            {
                case "int8": WriteVector(json, vector, static x => (int)MathF.Round(x * 127)); break;
                case "uint8": WriteVector(json, vector, static x => (int)MathF.Round((x + 1) * 127.5f)); break;
                case "binary": WritePacked(json, vector, isSigned: true); break;
                case "ubinary": WritePacked(json, vector, isSigned: false); break;
                default: WriteVector(json, vector); break;
            }
        }

        json.WriteEndArray();
    }

    /// <summary>Eight signs in a byte, the first the highest.</summary>
    private static void WritePacked(Utf8JsonWriter json, float[] vector, bool isSigned)
    {
        json.WriteStartArray();
        for (var i = 0; i < vector.Length; i += 8)
        {
            var bits = 0;
            for (var bit = 0; bit < 8 && i + bit < vector.Length; bit++)
                if (vector[i + bit] > 0) bits |= 0x80 >> bit;
            json.WriteNumberValue(isSigned ? bits - 128 : bits);
        }

        json.WriteEndArray();
    }
}

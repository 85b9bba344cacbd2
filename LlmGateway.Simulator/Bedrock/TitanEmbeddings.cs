using System.Text.Json;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Bedrock;

/// <summary>
/// Amazon Titan Text Embeddings V2 (source: Bedrock User Guide): one <c>inputText</c>, <c>dimensions</c>, <c>normalize</c>,
/// <c>embeddingTypes</c> of <c>float</c> and <c>binary</c>.
/// </summary>
/// <param name="Normalize">False: the vector is longer than 1.</param>
internal sealed record TitanEmbeddings(string Text, int? Size, bool Normalize, IReadOnlyList<string> Types) : EmbeddingInvocation([Text], Size)
{
    private const float UnnormalisedLength = 12;
    private const int LongestText = 50_000;

    public static TitanEmbeddings Parse(JsonElement body)
    {
        var text = body.String("inputText") ?? throw Malformed("#: required key [inputText] not found");
        if (text.Length == 0) throw Malformed("#/inputText: expected minLength: 1, actual: 0");
        if (text.Length > LongestText) throw Malformed($"expected maxLength: {LongestText}, actual: {text.Length}");
        foreach (var member in body.EnumerateObject())
            if (member.Name is not ("inputText" or "dimensions" or "normalize" or "embeddingTypes")) throw Malformed($"#: extraneous key [{member.Name}] is not permitted");
        int? size = body.Integer("dimensions", int.MinValue, int.MaxValue) is not { } wanted ? null
            : wanted is 256 or 512 or 1024 ? wanted : throw Malformed($"#/dimensions: {wanted} is not a valid enum value");
        var types = body.Array("embeddingTypes") is { } array ? array.EnumerateArray().Select((t, i) => t.Text($"embeddingTypes[{i}]")).ToArray() : ["float"];
        if (types.Length == 0 || Array.Exists(types, t => t is not ("float" or "binary"))) throw Malformed("#/embeddingTypes: not a valid enum value");
        return new TitanEmbeddings(text, size, body.Boolean("normalize") ?? true, types);
    }

    public override void Write(Utf8JsonWriter json, List<float[]> vectors, int tokens)
    {
        var vector = Normalize ? vectors[0] : [.. vectors[0].Select(x => x * UnnormalisedLength)];
        json.WriteStartObject();
        if (Types.Contains("float"))
        {
            json.WritePropertyName("embedding"u8);
            WriteVector(json, vector);
        }

        json.WriteStartObject("embeddingsByType"u8);
        foreach (var type in Types.Distinct())
        {
            json.WritePropertyName(type);
            if (type == "binary") WriteVector(json, vector, static x => x > 0 ? 1 : 0);
            else WriteVector(json, vector);
        }

        json.WriteEndObject();
        json.WriteNumber("inputTextTokenCount"u8, tokens);
        json.WriteEndObject();
    }
}

using System.Text.Json;

namespace LlmGateway.Simulator.Bedrock;

/// <summary>Texts to embed, asked for and answered in the shape of one vendor.</summary>
/// <param name="Texts">At least one.</param>
/// <param name="Dimensions">Null: the model's own.</param>
internal abstract record EmbeddingInvocation(IReadOnlyList<string> Texts, int? Dimensions)
{
    public abstract void Write(Utf8JsonWriter json, List<float[]> vectors, int tokens);

    /// <summary>Texts longer than the window are refused, unless the vendor cuts them.</summary>
    public virtual void RefuseTooLong(int tokens, int window) =>
        throw BedrockErrors.Invalid($"400 Bad Request: Too many input tokens. Max input tokens: {window}, request input token count: {tokens} ");

    protected static SimulatorException Malformed(string what) =>
        BedrockErrors.Invalid($"Malformed input request: {what}, please reformat your input and try again.");

    protected static void WriteVector(Utf8JsonWriter json, float[] vector)
    {
        json.WriteStartArray();
        foreach (var x in vector) json.WriteNumberValue(x);
        json.WriteEndArray();
    }

    /// <summary>A whole number for each component.</summary>
    protected static void WriteVector(Utf8JsonWriter json, float[] vector, Func<float, int> quantise)
    {
        json.WriteStartArray();
        foreach (var x in vector) json.WriteNumberValue(quantise(x));
        json.WriteEndArray();
    }
}

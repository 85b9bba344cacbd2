using System.Text.Json;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.OpenAI;

/// <summary>An array of token ids in place of text.</summary>
internal static class TokenInput
{
    public static int[] Read(JsonElement array, string param)
    {
        if (array.GetArrayLength() == 0) throw JsonFields.InvalidValue(param, "the array must not be empty.");
        return [.. array.EnumerateArray().Select((t, i) =>
            t.ValueKind == JsonValueKind.Number && t.TryGetInt32(out var id) && id >= 0 ? id : throw JsonFields.WrongType($"{param}[{i}]", "a token id", t))];
    }
}

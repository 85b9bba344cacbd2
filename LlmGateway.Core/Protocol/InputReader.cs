using System.Text.Json;
using LlmGateway.Core.Errors;

namespace LlmGateway.Core.Protocol;

/// <summary>
/// Checks <c>input</c> of an embeddings request and <c>prompt</c> of a completion: a string, strings, tokens, or arrays of tokens.
/// </summary>
internal static class InputReader
{
    /// <summary>The most texts one embeddings request may hold (source: CreateEmbeddingRequest, <c>maxItems</c>).</summary>
    private const int MaxInputs = 2048;

    public static GatewayError? Read(RequestView view, ref Utf8JsonReader reader)
    {
        var name = view.Operation == Operation.Embeddings ? "input" : "prompt";
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                view.InputCount = 1;
                return view.Operation == Operation.Embeddings && reader.ValueTextEquals(""u8) ? ParameterRules.Empty(name, "string") : null;
            case JsonTokenType.StartArray:
                return ReadArray(view, name, ref reader);
            case JsonTokenType.Null:
                return ParameterRules.Missing(name);
            default:
                return ParameterRules.InvalidType(name, "a string or an array", reader.TokenType);
        }
    }

    private static GatewayError? ReadArray(RequestView view, string name, ref Utf8JsonReader reader)
    {
        GatewayError? error = null;
        var first = JsonTokenType.None;
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            first = first == JsonTokenType.None ? reader.TokenType : first;
            error ??= CheckItem(view, name, count++, first, ref reader);
            reader.Skip();
        }

        // An array of numbers is one text given as tokens; anything else is one text per item.
        view.InputCount = first == JsonTokenType.Number ? 1 : count;
        return error
            ?? (count == 0 ? ParameterRules.Empty(name, "array") : null)
            ?? (view.Operation == Operation.Embeddings && view.InputCount > MaxInputs
                ? GatewayError.Invalid(name, "array_above_max_length", $"Invalid '{name}': array too long. Expected an array with maximum length {MaxInputs}, but got one with length {count} instead.")
                : null);
    }

    private static GatewayError? CheckItem(RequestView view, string name, int index, JsonTokenType first, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != first || first is not (JsonTokenType.String or JsonTokenType.Number or JsonTokenType.StartArray))
        {
            return ParameterRules.InvalidType($"{name}[{index}]", first switch
            {
                JsonTokenType.String => "a string",
                JsonTokenType.Number => "an integer",
                _ => "an array of integers",
            }, reader.TokenType);
        }

        return first switch
        {
            JsonTokenType.String when view.Operation == Operation.Embeddings && reader.ValueTextEquals(""u8) => ParameterRules.Empty($"{name}[{index}]", "string"),
            JsonTokenType.Number => IsToken(ref reader) ? null : NotAToken($"{name}[{index}]"),
            JsonTokenType.StartArray => CheckTokens(name, index, ref reader),
            _ => null,
        };
    }

    private static GatewayError? CheckTokens(string name, int index, ref Utf8JsonReader reader)
    {
        GatewayError? error = null;
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            error ??= IsToken(ref reader) ? null : NotAToken($"{name}[{index}][{count}]");
            count++;
            reader.Skip();
        }

        return error ?? (count == 0 ? ParameterRules.Empty($"{name}[{index}]", "array") : null);
    }

    private static bool IsToken(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var token) && token >= 0;

    private static GatewayError NotAToken(string name) => GatewayError.Invalid(
        name, "invalid_type", $"Invalid type for '{name}': expected a token, which is an integer of at least 0.");
}

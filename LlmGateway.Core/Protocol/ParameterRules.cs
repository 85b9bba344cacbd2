using System.Text.Json;
using LlmGateway.Core.Errors;

namespace LlmGateway.Core.Protocol;

/// <summary>What a plain parameter may hold.</summary>
public enum ParameterKind
{
    Number,
    WholeNumber,
    Boolean,
    Text,

    /// <summary>A JSON object.</summary>
    Members,

    /// <summary>A text or a list of texts.</summary>
    TextOrTexts,
    BooleanOrWholeNumber,
}

/// <summary>Type and bounds of one plain request parameter.</summary>
/// <param name="Name">Its name in the document.</param>
/// <param name="Kind">What it may hold.</param>
/// <param name="Min">The smallest number.</param>
/// <param name="Max">The largest number.</param>
public sealed record ParameterRule(string Name, ParameterKind Kind, double Min = double.NegativeInfinity, double Max = double.PositiveInfinity)
{
    /// <summary>It must be there, and a text must not be blank. Heeded by <see cref="PlainDocument"/>.</summary>
    public bool Required { get; init; }

    internal byte[] Utf8Name { get; } = System.Text.Encoding.UTF8.GetBytes(Name);
}

/// <summary>
/// Types and ranges of the parameters that OpenAI documents (source: CreateChatCompletionRequest, CreateCompletionRequest and
/// CreateEmbeddingRequest of its published API description). Parameters not listed are the provider's business.
/// </summary>
internal static class ParameterRules
{
    public static readonly ParameterRule[] All =
    [
        new("temperature", ParameterKind.Number, 0, 2),
        new("top_p", ParameterKind.Number, 0, 1),
        new("presence_penalty", ParameterKind.Number, -2, 2),
        new("frequency_penalty", ParameterKind.Number, -2, 2),
        new("n", ParameterKind.WholeNumber, 1, 128),
        new("best_of", ParameterKind.WholeNumber, 1, 128),
        new("max_tokens", ParameterKind.WholeNumber, 1),
        new("max_completion_tokens", ParameterKind.WholeNumber, 1),
        new("dimensions", ParameterKind.WholeNumber, 1),
        new("top_logprobs", ParameterKind.WholeNumber, 0, 20),
        new("logprobs", ParameterKind.BooleanOrWholeNumber, 0, 20),
        new("seed", ParameterKind.WholeNumber),
        new("stop", ParameterKind.TextOrTexts),
        new("user", ParameterKind.Text),
        new("stream", ParameterKind.Boolean),
        new("echo", ParameterKind.Boolean),
        new("parallel_tool_calls", ParameterKind.Boolean),
        new("logit_bias", ParameterKind.Members),
        new("suffix", ParameterKind.Text),
    ];

    /// <summary>A legacy completion may ask for no tokens at all, to have its prompt echoed.</summary>
    private static readonly ParameterRule CompletionMaxTokens = new("max_tokens", ParameterKind.WholeNumber, 0);

    /// <summary>The rule at <paramref name="index"/> of <see cref="All"/> as it holds for an operation.</summary>
    public static ParameterRule For(Operation operation, int index) =>
        operation == Operation.Completion && All[index].Name == CompletionMaxTokens.Name ? CompletionMaxTokens : All[index];

    /// <summary>Checks the value that <paramref name="reader"/> stands on; null is always allowed and means "not set".</summary>
    public static GatewayError? Check(ParameterRule rule, ref Utf8JsonReader reader)
    {
        var token = reader.TokenType;
        if (token == JsonTokenType.Null)
        {
            return null;
        }

        switch (rule.Kind)
        {
            case ParameterKind.Number when token == JsonTokenType.Number:
            case ParameterKind.WholeNumber when token == JsonTokenType.Number:
            case ParameterKind.BooleanOrWholeNumber when token == JsonTokenType.Number:
                return CheckNumber(rule, ref reader);
            case ParameterKind.Boolean when token is JsonTokenType.True or JsonTokenType.False:
            case ParameterKind.BooleanOrWholeNumber when token is JsonTokenType.True or JsonTokenType.False:
            case ParameterKind.Text when token == JsonTokenType.String:
            case ParameterKind.TextOrTexts when token == JsonTokenType.String:
            case ParameterKind.Members when token == JsonTokenType.StartObject:
                return null;
            case ParameterKind.TextOrTexts when token == JsonTokenType.StartArray:
                return CheckStrings(rule, reader);
            default:
                return InvalidType(rule.Name, Expected(rule.Kind), token);
        }
    }

    public static GatewayError InvalidType(string param, string expected, JsonTokenType got) => GatewayError.Invalid(
        param, "invalid_type", $"Invalid type for '{param}': expected {expected}, but got {Describe(got)} instead.");

    public static GatewayError Missing(string param) => GatewayError.Invalid(
        param, "missing_required_parameter", $"Missing required parameter: '{param}'.");

    /// <param name="param">The field.</param>
    /// <param name="what"><c>string</c> or <c>array</c>.</param>
    public static GatewayError Empty(string param, string what) => GatewayError.Invalid(
        param, $"empty_{what}", $"Invalid '{param}': empty {what}. Expected a non-empty {what}.");

    public static GatewayError Duplicate(string param) => GatewayError.Invalid(
        param, "duplicate_parameter", $"Duplicate parameter: '{param}'.");

    public static GatewayError Unknown(string param) => GatewayError.Invalid(
        param, "unknown_parameter", $"Unknown parameter: '{param}'.");

    private static GatewayError? CheckNumber(ParameterRule rule, ref Utf8JsonReader reader)
    {
        var whole = rule.Kind != ParameterKind.Number;
        if (whole && !reader.TryGetInt64(out _))
        {
            return GatewayError.Invalid(rule.Name, "invalid_type", $"Invalid type for '{rule.Name}': expected an integer, but got a decimal number or one out of range instead.");
        }

        var value = reader.GetDouble();
        if (value >= rule.Min && value <= rule.Max)
        {
            return null;
        }

        var below = value < rule.Min;
        return GatewayError.Invalid(
            rule.Name,
            $"{(whole ? "integer" : "decimal")}_{(below ? "below_min" : "above_max")}_value",
            FormattableString.Invariant(
                $"Invalid '{rule.Name}': {(below ? "below minimum" : "above maximum")} value. Expected a value {(below ? ">=" : "<=")} {(below ? rule.Min : rule.Max)}, but got {value} instead."));
    }

    private static GatewayError? CheckStrings(ParameterRule rule, Utf8JsonReader reader)
    {
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                return InvalidType($"{rule.Name}[{index}]", "a string", reader.TokenType);
            }
        }

        return null;
    }

    private static string Expected(ParameterKind kind) => kind switch
    {
        ParameterKind.Number => "a number",
        ParameterKind.WholeNumber => "an integer",
        ParameterKind.Boolean => "a boolean",
        ParameterKind.Text => "a string",
        ParameterKind.Members => "an object",
        ParameterKind.TextOrTexts => "a string or an array of strings",
        _ => "a boolean or an integer",
    };

    private static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.Null => "null",
        _ => "something else",
    };
}

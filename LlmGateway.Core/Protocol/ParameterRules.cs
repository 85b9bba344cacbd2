using System.Text.Json;
using LlmGateway.Core.Errors;

namespace LlmGateway.Core.Protocol;

/// <summary>What a plain parameter may hold.</summary>
internal enum ParameterKind
{
    Number,
    Integer,
    Boolean,
    String,
    Object,
    StringOrStrings,
    BooleanOrInteger,
}

/// <summary>Type and bounds of one plain request parameter.</summary>
internal sealed record ParameterRule(string Name, ParameterKind Kind, double Min = double.NegativeInfinity, double Max = double.PositiveInfinity)
{
    public byte[] Utf8Name { get; } = System.Text.Encoding.UTF8.GetBytes(Name);
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
        new("n", ParameterKind.Integer, 1, 128),
        new("best_of", ParameterKind.Integer, 1, 128),
        new("max_tokens", ParameterKind.Integer, 1),
        new("max_completion_tokens", ParameterKind.Integer, 1),
        new("dimensions", ParameterKind.Integer, 1),
        new("top_logprobs", ParameterKind.Integer, 0, 20),
        new("logprobs", ParameterKind.BooleanOrInteger, 0, 20),
        new("seed", ParameterKind.Integer),
        new("stop", ParameterKind.StringOrStrings),
        new("user", ParameterKind.String),
        new("stream", ParameterKind.Boolean),
        new("echo", ParameterKind.Boolean),
        new("parallel_tool_calls", ParameterKind.Boolean),
        new("logit_bias", ParameterKind.Object),
        new("suffix", ParameterKind.String),
    ];

    /// <summary>A legacy completion may ask for no tokens at all, to have its prompt echoed.</summary>
    private static readonly ParameterRule CompletionMaxTokens = new("max_tokens", ParameterKind.Integer, 0);

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
            case ParameterKind.Integer when token == JsonTokenType.Number:
            case ParameterKind.BooleanOrInteger when token == JsonTokenType.Number:
                return CheckNumber(rule, ref reader);
            case ParameterKind.Boolean when token is JsonTokenType.True or JsonTokenType.False:
            case ParameterKind.BooleanOrInteger when token is JsonTokenType.True or JsonTokenType.False:
            case ParameterKind.String when token == JsonTokenType.String:
            case ParameterKind.StringOrStrings when token == JsonTokenType.String:
            case ParameterKind.Object when token == JsonTokenType.StartObject:
                return null;
            case ParameterKind.StringOrStrings when token == JsonTokenType.StartArray:
                return CheckStrings(rule, reader);
            default:
                return InvalidType(rule.Name, Expected(rule.Kind), token);
        }
    }

    public static GatewayError InvalidType(string param, string expected, JsonTokenType got) => GatewayError.Invalid(
        param, "invalid_type", $"Invalid type for '{param}': expected {expected}, but got {Describe(got)} instead.");

    public static GatewayError Missing(string param) => GatewayError.Invalid(
        param, "missing_required_parameter", $"Missing required parameter: '{param}'.");

    public static GatewayError Duplicate(string param) => GatewayError.Invalid(
        param, "duplicate_parameter", $"Duplicate parameter: '{param}'.");

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
        ParameterKind.Integer => "an integer",
        ParameterKind.Boolean => "a boolean",
        ParameterKind.String => "a string",
        ParameterKind.Object => "an object",
        ParameterKind.StringOrStrings => "a string or an array of strings",
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

using System.Text.Json;
using LlmGateway.Core.Errors;

namespace LlmGateway.Providers.Translation;

/// <summary>
/// Request fields that neither Anthropic's nor Bedrock's API has a place for, and that would change the answer. They are refused, unless
/// they have the value that changes nothing.
/// </summary>
/// <param name="models">Whose models they are, for errors: a subject in the plural.</param>
/// <param name="api">The name of the API, for errors.</param>
internal sealed class UnsupportedFields(string models, string api)
{
    /// <summary>Fields of OpenAI's requests and of vLLM's extensions to them.</summary>
    private static readonly string[] Refused =
    [
        "logit_bias", "logprobs", "top_logprobs", "seed", "audio", "prediction", "functions", "function_call", "web_search_options", "verbosity",
        "guided_json", "guided_regex", "guided_choice", "guided_grammar", "structured_outputs", "prompt_logprobs", "use_beam_search",
        "min_tokens", "ignore_eos", "stop_token_ids", "bad_words", "allowed_token_ids", "chat_template",
    ];

    /// <summary>Numbers with the value at which they do nothing.</summary>
    private static readonly (string Name, double Neutral)[] Numbers =
    [
        ("presence_penalty", 0), ("frequency_penalty", 0), ("min_p", 0), ("repetition_penalty", 1), ("length_penalty", 1), ("n", 1), ("best_of", 1),
    ];

    public GatewayError? Check(JsonElement request)
    {
        foreach (var name in Refused)
        {
            if (request.TryGetProperty(name, out var value) && JsonText.ChangesTheAnswer(value) && !(name == "top_logprobs" && IsNumber(value, 0)))
            {
                return Refuse(name);
            }
        }

        foreach (var (name, neutral) in Numbers)
        {
            if (JsonText.TryGet(request, name, out var value) && !IsNumber(value, neutral))
            {
                return name == "n" ? Refuse(name, $"{models} give one answer to a request; 'n' must be 1.") : Refuse(name);
            }
        }

        return JsonText.TryGet(request, "modalities"u8, out var modalities)
            && (modalities.ValueKind != JsonValueKind.Array || modalities.EnumerateArray().Any(m => !JsonText.IsText(m, "text"u8)))
            ? Refuse("modalities", $"{models} answer in text only; 'modalities' must be [\"text\"].")
            : null;
    }

    /// <summary>OpenAI's scale ends at 2, these APIs' at 1, and nothing says that half of one is half of the other.</summary>
    public GatewayError? CheckTemperature(JsonElement request) =>
        JsonText.TryGet(request, "temperature"u8, out var temperature) && temperature.GetDouble() > 1
            ? Refuse("temperature", $"{models} take a 'temperature' of 0 to 1.")
            : null;

    /// <summary>The error of a field, by default that there is nothing like it.</summary>
    public GatewayError Refuse(string param, string? message = null) => new(
        GatewayErrorCode.UnsupportedOperation, message ?? $"'{param}' is not supported for this model: {api}, which serves it, has nothing like it.")
    {
        Param = param,
    };

    /// <summary>Why a tool's schema is none that these APIs take: it must be one of an object, and say so at its top. Null when it is good.</summary>
    public static string? OddSchema(JsonElement parameters) =>
        parameters.TryGetProperty("type"u8, out var type) && !JsonText.IsText(type, "object"u8)
            ? "The parameters of a tool must be of the type 'object' for this model."
        : parameters.TryGetProperty("oneOf"u8, out _) || parameters.TryGetProperty("anyOf"u8, out _) || parameters.TryGetProperty("allOf"u8, out _)
            ? "This model takes no 'oneOf', 'anyOf' or 'allOf' at the top of a tool's parameters."
        : null;

    private static bool IsNumber(JsonElement value, double number) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var told) && told == number;
}

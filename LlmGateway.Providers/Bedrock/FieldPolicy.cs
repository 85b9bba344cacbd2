using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Bedrock;

/// <summary>
/// What happens to request fields that Converse has no place for. A field that would change the answer is refused, unless it has the
/// value that changes nothing; what cannot change it (<c>metadata</c>, <c>store</c>, <c>user</c>, cache and safety hints) and fields that no
/// protocol knows are left out.
/// </summary>
internal static class FieldPolicy
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

    public static GatewayError? Check(JsonElement request)
    {
        foreach (var name in Refused)
        {
            if (request.TryGetProperty(name, out var value) && JsonText.ChangesTheAnswer(value) && !(name == "top_logprobs" && IsNumber(value, 0)))
            {
                return Unsupported(name);
            }
        }

        foreach (var (name, neutral) in Numbers)
        {
            if (JsonText.TryGet(request, name, out var value) && !IsNumber(value, neutral))
            {
                return name == "n" ? Unsupported(name, "Models at Bedrock give one answer to a request; 'n' must be 1.") : Unsupported(name);
            }
        }

        if (JsonText.TryGet(request, "modalities"u8, out var modalities)
            && (modalities.ValueKind != JsonValueKind.Array || modalities.EnumerateArray().Any(m => !JsonText.IsText(m, "text"u8))))
        {
            return Unsupported("modalities", "Models at Bedrock answer in text only; 'modalities' must be [\"text\"].");
        }

        if (JsonText.TryGet(request, "parallel_tool_calls"u8, out var parallel) && parallel.ValueKind == JsonValueKind.False && HasTools(request))
        {
            return Unsupported("parallel_tool_calls", "Models at Bedrock cannot be kept to one tool call at a time: leave out 'parallel_tool_calls'.");
        }

        // OpenAI's scale ends at 2, Converse's at 1, and nothing says that half of one is half of the other.
        return JsonText.TryGet(request, "temperature"u8, out var temperature) && temperature.GetDouble() > 1
            ? Unsupported("temperature", "Models at Bedrock take a 'temperature' of 0 to 1.")
            : null;
    }

    public static GatewayError Unsupported(string param, string? message = null) => new(
        GatewayErrorCode.UnsupportedOperation, message ?? $"'{param}' is not supported for this model: Bedrock's Converse API, which serves it, has nothing like it.")
    {
        Param = param,
    };

    public static bool HasTools(JsonElement request) =>
        JsonText.TryGet(request, "tools"u8, out var tools) && tools.ValueKind == JsonValueKind.Array && tools.GetArrayLength() > 0;

    private static bool IsNumber(JsonElement value, double number) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var told) && told == number;
}

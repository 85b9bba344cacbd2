using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Ollama;

/// <summary>
/// What happens to request fields that Ollama has no place for. A field that would change the answer is refused; what cannot change
/// it (<c>user</c>, <c>metadata</c>, <c>store</c>, <c>service_tier</c>, <c>parallel_tool_calls</c>, cache and safety hints) and
/// fields that no protocol knows are left out.
/// </summary>
internal static class FieldPolicy
{
    /// <summary>Fields of OpenAI's requests and of vLLM's extensions to them.</summary>
    private static readonly string[] Refused =
    [
        "logit_bias", "audio", "prediction", "functions", "function_call", "web_search_options", "verbosity", "echo",
        "guided_json", "guided_regex", "guided_choice", "guided_grammar", "structured_outputs", "prompt_logprobs", "use_beam_search",
        "length_penalty", "min_tokens", "ignore_eos", "stop_token_ids", "bad_words", "allowed_token_ids", "chat_template",
    ];

    public static GatewayError? Check(JsonElement request, int choices)
    {
        foreach (var name in Refused)
        {
            if (request.TryGetProperty(name, out var value) && JsonText.ChangesTheAnswer(value))
            {
                return Unsupported(name);
            }
        }

        if (choices > 1)
        {
            return Unsupported("n", "Ollama gives one answer to a request; 'n' must be 1.");
        }

        if (JsonText.TryGet(request, "best_of"u8, out var bestOf) && !(bestOf.TryGetInt32(out var best) && best == 1))
        {
            return Unsupported("best_of");
        }

        if (JsonText.TryGet(request, "modalities"u8, out var modalities)
            && (modalities.ValueKind != JsonValueKind.Array || modalities.EnumerateArray().Any(m => !JsonText.IsText(m, "text"u8))))
        {
            return Unsupported("modalities", "Ollama answers in text only; 'modalities' must be [\"text\"].");
        }

        return null;
    }

    public static GatewayError Unsupported(string param, string? message = null) => new(
        GatewayErrorCode.UnsupportedOperation, message ?? $"'{param}' is not supported for this model: Ollama, which serves it, has nothing like it.")
    {
        Param = param,
    };
}

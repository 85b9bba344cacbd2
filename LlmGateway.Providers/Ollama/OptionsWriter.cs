using System.Collections.Frozen;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Usage;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Ollama;

/// <summary>
/// Writes Ollama's <c>options</c> (source: ollama/ollama docs/api.md and api/types.go). What the client leaves out is left out, so
/// that the defaults of the model's own Modelfile hold. Two extensions let a client say what OpenAI has no word for: an
/// <c>options</c> object, whose members yield to OpenAI's fields of the same meaning, and <c>num_ctx</c>.
/// </summary>
internal static class OptionsWriter
{
    private static readonly (string Field, string Option)[] Numbers =
    [
        ("temperature", "temperature"),
        ("top_p", "top_p"),
        ("top_k", "top_k"),
        ("min_p", "min_p"),
        ("seed", "seed"),
        ("presence_penalty", "presence_penalty"),
        ("frequency_penalty", "frequency_penalty"),
        ("repeat_penalty", "repeat_penalty"),
        ("repetition_penalty", "repeat_penalty"),
    ];

    /// <summary>
    /// What a client may say in <c>options</c>: how its own answer is made. The others (<c>num_gpu</c>, <c>num_batch</c>, <c>num_thread</c>,
    /// <c>use_mmap</c>, …) say how the server runs the model, for everybody.
    /// </summary>
    private static readonly FrozenSet<string> Sampling = FrozenSet.Create(
        StringComparer.Ordinal,
        "num_ctx", "num_predict", "num_keep", "seed", "stop", "temperature", "top_k", "top_p", "min_p", "typical_p", "tfs_z", "repeat_last_n", "repeat_penalty",
        "presence_penalty", "frequency_penalty", "mirostat", "mirostat_tau", "mirostat_eta", "penalize_newline");

    /// <summary>The longest window that a client may ask for where no <c>ContextLength</c> is configured.</summary>
    private const int MostUnconfigured = 32_768;

    /// <param name="request">The client's request.</param>
    /// <param name="call">The call.</param>
    /// <param name="settings">Gives the configured context length.</param>
    /// <param name="json">Receives the <c>options</c> member.</param>
    /// <param name="numCtx">The context window that was written, in tokens; null when the server decides.</param>
    public static GatewayError? Write(JsonElement request, ProviderCall call, OllamaSettings settings, Utf8JsonWriter json, out int? numCtx)
    {
        numCtx = settings.ContextLength(call);
        var hasOptions = JsonText.TryGet(request, "options"u8, out var options);
        if (hasOptions && options.ValueKind != JsonValueKind.Object)
        {
            return GatewayError.Invalid("options", "invalid_type", "Invalid type for 'options': expected an object.");
        }

        var error = JsonText.TryGet(request, "num_ctx"u8, out var asked) ? ReadContextLength("num_ctx", asked, ref numCtx)
            : hasOptions && JsonText.TryGet(options, "num_ctx"u8, out asked) ? ReadContextLength("options.num_ctx", asked, ref numCtx)
            : null;
        error ??= hasOptions ? CheckNames(options) : null;
        json.WriteStartObject("options"u8);
        foreach (var (field, option) in Numbers)
        {
            if (JsonText.TryGet(request, field, out var value))
            {
                error ??= value.ValueKind == JsonValueKind.Number ? null
                    : GatewayError.Invalid(field, "invalid_type", $"Invalid type for '{field}': expected a number.");
                json.WriteRaw(option, value);
            }
        }

        WriteStop(request, json);
        if (call.View.MaxTokens is { } maxTokens)
        {
            // Some versions read 0 as no limit.
            error ??= maxTokens == 0
                ? FieldPolicy.Unsupported("max_tokens", "Ollama cannot generate nothing: 'max_tokens' must be at least 1.")
                : null;
            json.WriteNumber("num_predict"u8, maxTokens);
        }

        if (numCtx is { } tokens)
        {
            json.WriteNumber("num_ctx"u8, tokens);
        }

        if (hasOptions)
        {
            WriteFurther(options, request, call.View, json);
        }

        json.WriteEndObject();
        return error;
    }

    /// <summary>A client may ask for a smaller window than the configured one, not for a larger: its memory is the operator's.</summary>
    private static GatewayError? ReadContextLength(string param, JsonElement value, ref int? numCtx)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var asked) || asked < 1)
        {
            return GatewayError.Invalid(param, "invalid_type", $"Invalid type for '{param}': expected an integer of at least 1.");
        }

        var most = numCtx ?? MostUnconfigured;
        if (asked > most)
        {
            return GatewayError.Invalid(
                param, "integer_above_max_value", $"Invalid '{param}': above maximum value. Expected a value <= {most}, but got {asked} instead.");
        }

        numCtx = asked;
        return null;
    }

    private static GatewayError? CheckNames(JsonElement options)
    {
        foreach (var member in options.EnumerateObject())
        {
            if (!Sampling.Contains(member.Name))
            {
                return GatewayError.Invalid(
                    "options", "unknown_parameter", $"Unknown or not allowed in 'options': '{BoundedText.Shorten(member.Name)}'. Allowed are: {string.Join(", ", Sampling.Order(StringComparer.Ordinal))}.");
            }
        }

        return null;
    }

    private static void WriteStop(JsonElement request, Utf8JsonWriter json)
    {
        if (!JsonText.TryGet(request, "stop"u8, out var stop))
        {
            return;
        }

        if (stop.ValueKind == JsonValueKind.Array)
        {
            json.WriteRaw("stop"u8, stop);
            return;
        }

        json.WriteStartArray("stop"u8);
        json.WriteRawValue(JsonText.Raw(stop), skipInputValidation: true);
        json.WriteEndArray();
    }

    /// <summary>The members of the client's own <c>options</c> that no other field has set.</summary>
    private static void WriteFurther(JsonElement options, JsonElement request, RequestView view, Utf8JsonWriter json)
    {
        foreach (var member in options.EnumerateObject())
        {
            var name = member.Name;
            var isSet = name switch
            {
                "num_ctx" => true,
                "num_predict" => view.MaxTokens is not null,
                "stop" => JsonText.TryGet(request, "stop"u8, out _),
                _ => Numbers.Any(n => n.Option == name && JsonText.TryGet(request, n.Field, out _)),
            };
            if (!isSet)
            {
                json.WriteRaw(name, member.Value);
            }
        }
    }
}

using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Ollama;

/// <summary>What is known about a request once it is written.</summary>
/// <param name="TextBytes">Lower bound of the bytes of text the model must read.</param>
/// <param name="NumCtx">The context window that was asked for, in tokens; null when the server decides.</param>
internal readonly record struct RequestFacts(long TextBytes, int? NumCtx);

/// <summary>
/// Writes the body of <c>/api/chat</c>, <c>/api/generate</c> and <c>/api/embed</c> (source: ollama/ollama docs/api.md and
/// api/types.go, 0.33).
/// </summary>
internal static class RequestWriter
{
    public static GatewayError? Write(ProviderCall call, OllamaSettings settings, PooledBuffer output, out RequestFacts facts)
    {
        using var document = JsonDocument.Parse(call.View.Body, JsonText.DocumentOptions);
        using var json = new Utf8JsonWriter(output, JsonText.WriterOptions);
        var request = document.RootElement;
        json.WriteStartObject();
        json.WriteString("model"u8, call.Model);
        var error = call.View.Operation switch
        {
            Operation.Chat => WriteChat(request, call, settings, json, out facts),
            Operation.Completion => WriteCompletion(request, call, settings, json, out facts),
            _ => WriteEmbeddings(request, call, settings, json, out facts),
        };
        json.WriteEndObject();
        return error ?? settings.CheckKeepAlive(request);
    }

    private static GatewayError? WriteChat(
        JsonElement request, ProviderCall call, OllamaSettings settings, Utf8JsonWriter json, out RequestFacts facts)
    {
        int? numCtx = null;
        using var messages = new MessageWriter(json);
        var error = FieldPolicy.Check(request, call.View.Choices)
            ?? messages.Write(request.GetProperty("messages"u8))
            ?? ToolsWriter.Write(request, json)
            ?? WriteFormat(request, json)
            ?? WriteThink(request, json)
            ?? WriteLogprobs(request, json);
        WriteCommon(request, call.View, settings, json);
        error ??= OptionsWriter.Write(request, call, settings, json, out numCtx);
        facts = new RequestFacts(messages.TextBytes, numCtx);
        return error;
    }

    private static GatewayError? WriteCompletion(
        JsonElement request, ProviderCall call, OllamaSettings settings, Utf8JsonWriter json, out RequestFacts facts)
    {
        facts = default;
        if (FieldPolicy.Check(request, call.View.Choices) is { } unsupported)
        {
            return unsupported;
        }

        if (JsonText.TryGet(request, "logprobs"u8, out var logprobs) && logprobs.ValueKind != JsonValueKind.False)
        {
            return FieldPolicy.Unsupported("logprobs");
        }

        var prompt = request.GetProperty("prompt"u8);
        if (prompt.ValueKind == JsonValueKind.Array && prompt.GetArrayLength() == 1)
        {
            prompt = prompt[0];
        }

        if (prompt.ValueKind != JsonValueKind.String)
        {
            return FieldPolicy.Unsupported("prompt", "Ollama completes one text per request: 'prompt' must be a string, not tokens and not several texts.");
        }

        // An empty prompt only loads the model there and generates nothing.
        if (JsonText.RawInner(prompt).IsEmpty)
        {
            return FieldPolicy.Unsupported("prompt", "Ollama completes no empty prompt.");
        }

        json.WriteRaw("prompt"u8, prompt);
        if (JsonText.TryGet(request, "suffix"u8, out var suffix))
        {
            json.WriteRaw("suffix"u8, suffix);
        }

        // A completion has no place for reasoning, so ask for none.
        json.WriteBoolean("think"u8, false);
        int? numCtx = null;
        WriteCommon(request, call.View, settings, json);
        var error = WriteFormat(request, json) ?? OptionsWriter.Write(request, call, settings, json, out numCtx);
        facts = new RequestFacts(JsonText.DecodedLength(JsonText.RawInner(prompt)), numCtx);
        return error;
    }

    private static GatewayError? WriteEmbeddings(
        JsonElement request, ProviderCall call, OllamaSettings settings, Utf8JsonWriter json, out RequestFacts facts)
    {
        facts = default;
        var input = request.GetProperty("input"u8);
        if (input.ValueKind == JsonValueKind.Array && input[0].ValueKind != JsonValueKind.String)
        {
            return FieldPolicy.Unsupported("input", "Ollama embeds texts only: 'input' must be a string or an array of strings, not tokens.");
        }

        json.WriteRaw("input"u8, input);
        // Without this a text that is too long is cut and gets the vector of its beginning (source: docs/api.md, "truncate").
        json.WriteBoolean("truncate"u8, false);
        if (JsonText.TryGet(request, "dimensions"u8, out var dimensions))
        {
            json.WriteRaw("dimensions"u8, dimensions);
        }

        settings.WriteKeepAlive(request, json);
        var error = OptionsWriter.Write(request, call, settings, json, out var numCtx);
        facts = new RequestFacts(0, numCtx);
        return error;
    }

    /// <summary>
    /// Since 0.12.6 Ollama can be told not to shorten a prompt that does not fit (<c>truncate</c>) and not to forget the beginning of
    /// one while it generates (<c>shift</c>): the first then is an error with status 400, the second ends the answer with the reason
    /// <c>length</c> (source: api/types.go and server/routes.go; the change is ollama/ollama#12582). <c>shift</c> belongs to a loaded
    /// model since 0.30: a client beside the gateway that leaves it out makes the server load the model again.
    /// </summary>
    private static void WriteCommon(JsonElement request, RequestView view, OllamaSettings settings, Utf8JsonWriter json)
    {
        json.WriteBoolean("stream"u8, view.Stream);
        json.WriteBoolean("truncate"u8, false);
        json.WriteBoolean("shift"u8, false);
        settings.WriteKeepAlive(request, json);
    }

    private static GatewayError? WriteFormat(JsonElement request, Utf8JsonWriter json)
    {
        if (!JsonText.TryGet(request, "response_format"u8, out var format))
        {
            return null;
        }

        if (!format.TryGetProperty("type"u8, out var type) || type.ValueKind != JsonValueKind.String)
        {
            return GatewayError.Invalid("response_format.type", "missing_required_parameter", "Missing required parameter: 'response_format.type'.");
        }

        if (type.ValueEquals("json_object"u8))
        {
            json.WriteString("format"u8, "json"u8);
            return null;
        }

        if (type.ValueEquals("json_schema"u8))
        {
            if (!JsonText.TryGet(format, "json_schema"u8, out var holder) || holder.ValueKind != JsonValueKind.Object
                || !JsonText.TryGet(holder, "schema"u8, out var schema) || schema.ValueKind != JsonValueKind.Object)
            {
                return GatewayError.Invalid(
                    "response_format.json_schema.schema", "missing_required_parameter", "Missing required parameter: 'response_format.json_schema.schema'.");
            }

            json.WriteRaw("format"u8, schema);
            return null;
        }

        return type.ValueEquals("text"u8)
            ? null
            : GatewayError.Invalid("response_format.type", "invalid_value", "Invalid value for 'response_format.type': supported values are 'text', 'json_object' and 'json_schema'.");
    }

    /// <summary>
    /// <c>reasoning_effort</c> on Ollama's scale, which ends at <c>low</c> and <c>max</c>; OpenAI's reaches further at both ends. The
    /// extension <c>think</c> is passed as it is.
    /// </summary>
    private static GatewayError? WriteThink(JsonElement request, Utf8JsonWriter json)
    {
        if (JsonText.TryGet(request, "think"u8, out var think))
        {
            json.WriteRaw("think"u8, think);
            return null;
        }

        if (!JsonText.TryGet(request, "reasoning_effort"u8, out var effort))
        {
            return null;
        }

        switch (effort.ValueKind == JsonValueKind.String ? effort.GetString() : null)
        {
            case "none":
                json.WriteBoolean("think"u8, false);
                return null;
            case "minimal" or "low":
                json.WriteString("think"u8, "low"u8);
                return null;
            case "medium":
                json.WriteString("think"u8, "medium"u8);
                return null;
            case "high":
                json.WriteString("think"u8, "high"u8);
                return null;
            case "xhigh" or "max":
                json.WriteString("think"u8, "max"u8);
                return null;
            default:
                return GatewayError.Invalid(
                    "reasoning_effort", "invalid_value",
                    "Invalid value for 'reasoning_effort': supported values are 'none', 'minimal', 'low', 'medium', 'high' and 'xhigh'.");
        }
    }

    /// <summary>Known to Ollama since 0.12.11; older servers leave them out of the answer.</summary>
    private static GatewayError? WriteLogprobs(JsonElement request, Utf8JsonWriter json)
    {
        if (!JsonText.TryGet(request, "logprobs"u8, out var logprobs) || logprobs.ValueKind == JsonValueKind.False)
        {
            return null;
        }

        if (logprobs.ValueKind != JsonValueKind.True)
        {
            return GatewayError.Invalid("logprobs", "invalid_type", "Invalid type for 'logprobs': expected a boolean.");
        }

        json.WriteBoolean("logprobs"u8, true);
        if (JsonText.TryGet(request, "top_logprobs"u8, out var top))
        {
            json.WriteRaw("top_logprobs"u8, top);
        }

        return null;
    }
}

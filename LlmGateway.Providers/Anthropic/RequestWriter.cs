using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>
/// Writes the body of <c>POST /v1/messages</c> (source: <c>MessageCreateParams</c> of Anthropic's SDK for TypeScript, 1.11). Extensions
/// let a client say what OpenAI has no word for: <c>top_k</c>, <c>thinking</c> and <c>cache_control</c>, each as Anthropic has it.
/// </summary>
internal static class RequestWriter
{
    public static GatewayError? Write(ProviderCall call, ModelFacts facts, PooledBuffer output)
    {
        using var document = JsonDocument.Parse(call.View.Body, JsonText.DocumentOptions);
        using var json = new Utf8JsonWriter(output, JsonText.WriterOptions);
        var request = document.RootElement;
        if (FieldPolicy.Check(request) is { } refused)
        {
            return refused;
        }

        json.WriteStartObject();
        json.WriteString("model"u8, call.Model);
        var error = ThinkingWriter.Write(request, call.View, facts, json, out var effort)
            ?? new MessagesWriter(json).Write(request.GetProperty("messages"u8))
            ?? ToolsWriter.Write(request, json)
            ?? WriteSampling(request, json)
            ?? WriteOutput(request, effort, json);
        if (call.View.User is { Length: > 0 } user)
        {
            json.WriteStartObject("metadata"u8);
            json.WriteString("user_id"u8, user);
            json.WriteEndObject();
        }

        if (JsonText.TryGet(request, "cache_control"u8, out var cache))
        {
            json.WriteRaw("cache_control"u8, cache);
        }

        if (call.View.Stream)
        {
            json.WriteBoolean("stream"u8, true);
        }

        json.WriteEndObject();
        return error;
    }

    private static GatewayError? WriteSampling(JsonElement request, Utf8JsonWriter json)
    {
        foreach (var name in (ReadOnlySpan<string>)["temperature", "top_p", "top_k"])
        {
            if (!JsonText.TryGet(request, name, out var value))
            {
                continue;
            }

            if (value.ValueKind != JsonValueKind.Number)
            {
                return GatewayError.Invalid(name, "invalid_type", $"Invalid type for '{name}': expected a number.");
            }

            json.WriteRaw(name, value);
        }

        if (JsonText.TryGet(request, "stop"u8, out var stop) && FieldPolicy.CheckStop(stop) is { } blank)
        {
            return blank;
        }

        if (stop.ValueKind == JsonValueKind.Array)
        {
            json.WriteRaw("stop_sequences"u8, stop);
        }
        else if (stop.ValueKind == JsonValueKind.String)
        {
            json.WriteStartArray("stop_sequences"u8);
            json.WriteRawValue(JsonText.Raw(stop), skipInputValidation: true);
            json.WriteEndArray();
        }

        return null;
    }

    /// <summary>How the answer shall look and how much effort it is worth.</summary>
    private static GatewayError? WriteOutput(JsonElement request, string? effort, Utf8JsonWriter json)
    {
        var error = ReadSchema(request, out var schema);
        if (error is not null || (effort is null && schema.ValueKind == JsonValueKind.Undefined))
        {
            return error;
        }

        json.WriteStartObject("output_config"u8);
        if (effort is not null)
        {
            json.WriteString("effort"u8, effort);
        }

        if (schema.ValueKind != JsonValueKind.Undefined)
        {
            json.WriteStartObject("format"u8);
            json.WriteString("type"u8, "json_schema"u8);
            json.WritePropertyName("schema"u8);
            ClosedSchema.Write(schema, json);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        return null;
    }

    private static GatewayError? ReadSchema(JsonElement request, out JsonElement schema)
    {
        schema = default;
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
            return FieldPolicy.Unsupported("response_format", "Anthropic's models keep to a schema, not to JSON in general: 'response_format' must be of the type 'json_schema' or 'text'.");
        }

        if (!type.ValueEquals("json_schema"u8))
        {
            return type.ValueEquals("text"u8)
                ? null
                : GatewayError.Invalid("response_format.type", "invalid_value", "Invalid value for 'response_format.type': supported values are 'text' and 'json_schema'.");
        }

        if (JsonText.TryGet(format, "json_schema"u8, out var holder) && holder.ValueKind == JsonValueKind.Object
            && JsonText.TryGet(holder, "schema"u8, out schema) && schema.ValueKind == JsonValueKind.Object)
        {
            return null;
        }

        return GatewayError.Invalid(
            "response_format.json_schema.schema", "missing_required_parameter", "Missing required parameter: 'response_format.json_schema.schema'.");
    }
}

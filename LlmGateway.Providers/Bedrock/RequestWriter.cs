using System.Buffers;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Bedrock;

/// <summary>
/// Writes the body of <c>Converse</c> and <c>ConverseStream</c>, which is the same (source: AWS's API reference of Bedrock Runtime). Extensions
/// let a client say what OpenAI has no word for: <c>additionalModelRequestFields</c>, <c>guardrailConfig</c>, <c>performanceConfig</c> and
/// <c>requestMetadata</c>, each as Converse has it, <c>top_k</c>, <c>thinking</c> and <c>cache_control</c>.
/// </summary>
internal static class RequestWriter
{
    private static readonly string[] Extensions = ["guardrailConfig", "performanceConfig", "requestMetadata"];

    public static GatewayError? Write(ProviderCall call, PooledBuffer output)
    {
        using var document = JsonDocument.Parse(call.View.Body, JsonText.DocumentOptions);
        using var json = new Utf8JsonWriter(output, JsonText.WriterOptions);
        var request = document.RootElement;
        if (FieldPolicy.Check(request) is { } refused)
        {
            return refused;
        }

        json.WriteStartObject();
        var error = new MessagesWriter(json).Write(request.GetProperty("messages"u8))
            ?? ToolsWriter.Write(request, json);
        long? maxTokens = null;
        error = error
            ?? ModelFieldsWriter.Write(request, call.View, call.Model, json, out maxTokens)
            ?? WriteInference(request, maxTokens, json)
            ?? WriteFormat(request, json);
        foreach (var name in Extensions)
        {
            if (JsonText.TryGet(request, name, out var value))
            {
                json.WriteRaw(name, value);
            }
        }

        json.WriteEndObject();
        return error;
    }

    private static GatewayError? WriteInference(JsonElement request, long? maxTokens, Utf8JsonWriter json)
    {
        json.WriteStartObject("inferenceConfig"u8);
        if (maxTokens is { } most)
        {
            json.WriteNumber("maxTokens"u8, most);
        }

        if (JsonText.TryGet(request, "temperature"u8, out var temperature))
        {
            json.WriteRaw("temperature"u8, temperature);
        }

        if (JsonText.TryGet(request, "top_p"u8, out var topP))
        {
            json.WriteRaw("topP"u8, topP);
        }

        if (JsonText.TryGet(request, "stop"u8, out var stop) && stop.ValueKind == JsonValueKind.Array)
        {
            json.WriteRaw("stopSequences"u8, stop);
        }
        else if (stop.ValueKind == JsonValueKind.String)
        {
            json.WriteStartArray("stopSequences"u8);
            json.WriteRawValue(JsonText.Raw(stop), skipInputValidation: true);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        return null;
    }

    /// <summary>
    /// A schema for the answer: <c>outputConfig</c>, which Bedrock keeps to and refuses for models that cannot. JSON in general has no such
    /// promise there, so it is refused here.
    /// </summary>
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

        if (!type.ValueEquals("json_schema"u8))
        {
            return type.ValueEquals("text"u8) ? null
                : type.ValueEquals("json_object"u8) ? FieldPolicy.Unsupported("response_format", "Models at Bedrock keep to a schema, not to JSON in general: 'response_format' must be of the type 'json_schema' or 'text'.")
                : GatewayError.Invalid("response_format.type", "invalid_value", "Invalid value for 'response_format.type': supported values are 'text' and 'json_schema'.");
        }

        if (!JsonText.TryGet(format, "json_schema"u8, out var holder) || holder.ValueKind != JsonValueKind.Object
            || !JsonText.TryGet(holder, "schema"u8, out var schema) || schema.ValueKind != JsonValueKind.Object)
        {
            return GatewayError.Invalid(
                "response_format.json_schema.schema", "missing_required_parameter", "Missing required parameter: 'response_format.json_schema.schema'.");
        }

        json.WriteStartObject("outputConfig"u8);
        json.WriteStartObject("textFormat"u8);
        json.WriteString("type"u8, "json_schema"u8);
        json.WriteStartObject("structure"u8);
        json.WriteStartObject("jsonSchema"u8);
        // A string that holds the schema.
        json.WriteString("schema"u8, Closed(schema));
        foreach (var name in (ReadOnlySpan<string>)["name", "description"])
        {
            if (JsonText.TryGet(holder, name, out var told) && told.ValueKind == JsonValueKind.String)
            {
                json.WriteRaw(name, told);
            }
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        return null;
    }

    private static byte[] Closed(JsonElement schema)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, JsonText.WriterOptions))
        {
            ClosedSchema.Write(schema, json);
        }

        return output.WrittenSpan.ToArray();
    }
}

using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>Writes <c>system</c> and <c>messages</c> in Anthropic's form.</summary>
internal sealed class MessagesWriter(Utf8JsonWriter json) : TurnsWriter(json, new BlockWriter(json), FieldPolicy.LongestToolId, FieldPolicy.LongestToolName)
{
    protected override GatewayError? WriteToolResult(JsonElement message, string id, string path)
    {
        Json.WriteStartObject();
        Json.WriteString("type"u8, "tool_result"u8);
        Json.WriteString("tool_use_id"u8, id);
        GatewayError? error = null;
        if (JsonText.TryGet(message, "content"u8, out var result) && !ContentWriter.IsEmpty(result))
        {
            Json.WritePropertyName("content"u8);
            if (result.ValueKind == JsonValueKind.String)
            {
                Json.WriteRawValue(JsonText.Raw(result), skipInputValidation: true);
            }
            else
            {
                Json.WriteStartArray();
                error = Content.WriteParts(result, path, ContentKinds.All);
                Json.WriteEndArray();
            }
        }

        if (JsonText.TryGet(message, "cache_control"u8, out var cache))
        {
            Json.WriteRaw("cache_control"u8, cache);
        }

        Json.WriteEndObject();
        return error;
    }

    protected override GatewayError? WriteToolCall(string id, JsonElement name, JsonElement function, string path)
    {
        Json.WriteStartObject();
        Json.WriteString("type"u8, "tool_use"u8);
        Json.WriteString("id"u8, id);
        Json.WriteRaw("name"u8, name);
        var error = ToolArguments.WriteObject(function, "input"u8, path, Json);
        Json.WriteEndObject();
        return error;
    }

    protected override void WriteThinking(JsonElement message) => ThinkingBlocks.Write(
        message,
        (text, signature) =>
        {
            Json.WriteStartObject();
            Json.WriteString("type"u8, "thinking"u8);
            Json.WriteRawOrEmpty("thinking"u8, text);
            Json.WriteRaw("signature"u8, signature);
            Json.WriteEndObject();
        },
        data =>
        {
            Json.WriteStartObject();
            Json.WriteString("type"u8, "redacted_thinking"u8);
            Json.WriteRaw("data"u8, data);
            Json.WriteEndObject();
        });

    protected override GatewayError Unsupported(string param, string message) => FieldPolicy.Unsupported(param, message);
}

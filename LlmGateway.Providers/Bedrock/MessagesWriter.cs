using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Bedrock;

/// <summary>Writes <c>system</c> and <c>messages</c> in Converse's form.</summary>
internal sealed class MessagesWriter(Utf8JsonWriter json) : TurnsWriter(json, new BlockWriter(json), FieldPolicy.LongestToolId, FieldPolicy.LongestToolName)
{
    protected override GatewayError? WriteToolResult(JsonElement message, string id, string path)
    {
        Json.WriteStartObject();
        Json.WriteStartObject("toolResult"u8);
        Json.WriteString("toolUseId"u8, id);
        Json.WriteStartArray("content"u8);
        var error = Content.Write(message, path, ContentKinds.All);
        Json.WriteEndArray();
        Json.WriteEndObject();
        Json.WriteEndObject();
        return error;
    }

    protected override GatewayError? WriteToolCall(string id, JsonElement name, JsonElement function, string path)
    {
        Json.WriteStartObject();
        Json.WriteStartObject("toolUse"u8);
        Json.WriteString("toolUseId"u8, id);
        Json.WriteRaw("name"u8, name);
        var error = ToolArguments.WriteObject(function, "input"u8, path, Json);
        Json.WriteEndObject();
        Json.WriteEndObject();
        return error;
    }

    protected override void WriteThinking(JsonElement message) => ThinkingBlocks.Write(
        message,
        (text, signature) =>
        {
            BeginReasoning();
            Json.WriteStartObject("reasoningText"u8);
            Json.WriteRawOrEmpty("text"u8, text);
            Json.WriteRaw("signature"u8, signature);
            Json.WriteEndObject();
            EndReasoning();
        },
        data =>
        {
            BeginReasoning();
            Json.WriteRaw("redactedContent"u8, data);
            EndReasoning();
        });

    protected override GatewayError Unsupported(string param, string message) => FieldPolicy.Unsupported(param, message);

    private void BeginReasoning()
    {
        Json.WriteStartObject();
        Json.WriteStartObject("reasoningContent"u8);
    }

    private void EndReasoning()
    {
        Json.WriteEndObject();
        Json.WriteEndObject();
    }
}

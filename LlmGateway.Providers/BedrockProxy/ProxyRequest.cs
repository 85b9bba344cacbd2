using System.Text;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Bedrock;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.BedrockProxy;

/// <summary>
/// Writes a proxy's request. <c>prompt</c> is the same conversation as <c>messages</c>, as one text: a lone message of the user as it is, others with
/// <c>System:</c>, <c>User:</c> or <c>Assistant:</c> before each. What has no place there and would change the answer is refused.
/// </summary>
internal static class ProxyRequest
{
    private static readonly string[] Refused = ["tools", "stop", "top_k", "thinking", "reasoning_effort", "additionalModelRequestFields", "guardrailConfig"];

    public static GatewayError? Write(ProviderCall call, PooledBuffer output)
    {
        using var document = JsonDocument.Parse(call.View.Body, JsonText.DocumentOptions);
        var request = document.RootElement;
        var messages = new List<(string Role, string Text)>();
        if ((FieldPolicy.Check(request) ?? Check(request) ?? ReadMessages(request, messages)) is { } error)
        {
            return error;
        }

        using var json = new Utf8JsonWriter(output, JsonText.WriterOptions);
        json.WriteStartObject();
        json.WriteString("model"u8, call.Model);
        json.WriteString("prompt"u8, Prompt(messages));
        json.WriteStartArray("messages"u8);
        foreach (var (role, text) in messages)
        {
            json.WriteStartObject();
            json.WriteString("role"u8, role);
            json.WriteString("content"u8, text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (call.View.MaxTokens is { } most)
        {
            json.WriteNumber("max_tokens"u8, most);
        }

        if (JsonText.TryGet(request, "temperature"u8, out var temperature))
        {
            json.WriteRaw("temperature"u8, temperature);
        }

        json.WriteEndObject();
        return null;
    }

    private static GatewayError? Check(JsonElement request)
    {
        foreach (var name in Refused)
        {
            if (request.TryGetProperty(name, out var value) && JsonText.ChangesTheAnswer(value))
            {
                return Unsupported(name);
            }
        }

        if (JsonText.TryGet(request, "top_p"u8, out var topP) && topP.GetDouble() < 1)
        {
            return Unsupported("top_p");
        }

        return JsonText.TryGet(request, "response_format"u8, out var format)
            && !(format.TryGetProperty("type"u8, out var type) && JsonText.IsText(type, "text"u8))
            ? Unsupported("response_format")
            : null;
    }

    private static GatewayError Unsupported(string name) =>
        FieldPolicy.Unsupported(name, $"'{name}' is not supported for this model: the proxy that serves it takes messages, 'max_tokens' and 'temperature' only.");

    private static GatewayError? ReadMessages(JsonElement request, List<(string Role, string Text)> messages)
    {
        var index = 0;
        foreach (var message in request.GetProperty("messages"u8).EnumerateArray())
        {
            var path = $"messages[{index++}]";
            var role = message.GetProperty("role"u8).GetString()!;
            if (role is not ("system" or "developer" or "user" or "assistant") || JsonText.TryGet(message, "tool_calls"u8, out _))
            {
                return FieldPolicy.Unsupported(path, "This model knows no tools: messages must be of the roles 'system', 'user' and 'assistant'.");
            }

            if (!TryReadText(message, out var text))
            {
                return FieldPolicy.Unsupported($"{path}.content", "This model takes text only.");
            }

            messages.Add((role == "developer" ? "system" : role, text));
        }

        return null;
    }

    private static bool TryReadText(JsonElement message, out string text)
    {
        text = "";
        if (!JsonText.TryGet(message, "content"u8, out var content))
        {
            return true;
        }

        if (content.ValueKind == JsonValueKind.String)
        {
            text = content.GetString()!;
            return true;
        }

        var parts = new List<string>();
        foreach (var part in content.EnumerateArray())
        {
            if (!JsonText.IsText(part.GetProperty("type"u8), "text"u8) || !part.TryGetProperty("text"u8, out var told) || told.ValueKind != JsonValueKind.String)
            {
                return false;
            }

            parts.Add(told.GetString()!);
        }

        text = string.Join('\n', parts);
        return true;
    }

    private static string Prompt(List<(string Role, string Text)> messages)
    {
        if (messages is [("user", var only)])
        {
            return only;
        }

        var prompt = new StringBuilder();
        foreach (var (role, text) in messages)
        {
            prompt.Append(role switch { "system" => "System: ", "user" => "User: ", _ => "Assistant: " }).Append(text).Append("\n\n");
        }

        return prompt.Append("Assistant:").ToString();
    }
}

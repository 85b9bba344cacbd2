using System.Text.Json;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>
/// Gives a model its own thinking back, which it demands when tools are used: from <c>thinking_blocks</c> of an assistant's message, as
/// answers have it. Streams tell signatures there and the text as <c>reasoning_content</c>, so a lone block without text takes that.
/// Thinking without a signature is left out: it would be refused, and nothing depends on it.
/// </summary>
internal static class ThinkingBlocks
{
    public static void Write(JsonElement message, Utf8JsonWriter json)
    {
        if (!JsonText.TryGet(message, "thinking_blocks"u8, out var blocks) || blocks.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        var text = JsonText.TryGet(message, "reasoning_content"u8, out var told) && told.ValueKind == JsonValueKind.String ? told : default;
        var textless = blocks.EnumerateArray().Count(b => IsSigned(b) && !b.TryGetProperty("thinking"u8, out _));
        if (textless > 1 && text.ValueKind == JsonValueKind.String && !JsonText.RawInner(text).IsEmpty)
        {
            // Nobody knows whose text it is, and a signature under a wrong text is refused.
            return;
        }

        foreach (var block in blocks.EnumerateArray())
        {
            if (IsSigned(block))
            {
                WriteSigned(block, text, json);
            }
            else if (Is(block, "redacted_thinking"u8) && block.TryGetProperty("data"u8, out var data) && data.ValueKind == JsonValueKind.String)
            {
                json.WriteStartObject();
                json.WriteString("type"u8, "redacted_thinking"u8);
                json.WriteRaw("data"u8, data);
                json.WriteEndObject();
            }
        }
    }

    private static void WriteSigned(JsonElement block, JsonElement text, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "thinking"u8);
        if (block.TryGetProperty("thinking"u8, out var own) && own.ValueKind == JsonValueKind.String)
        {
            json.WriteRaw("thinking"u8, own);
        }
        else if (text.ValueKind == JsonValueKind.String)
        {
            json.WriteRaw("thinking"u8, text);
        }
        else
        {
            json.WriteString("thinking"u8, ""u8);
        }

        json.WriteRaw("signature"u8, block.GetProperty("signature"u8));
        json.WriteEndObject();
    }

    private static bool IsSigned(JsonElement block) =>
        Is(block, "thinking"u8) && block.TryGetProperty("signature"u8, out var signature)
        && signature.ValueKind == JsonValueKind.String && !JsonText.RawInner(signature).IsEmpty;

    private static bool Is(JsonElement block, ReadOnlySpan<byte> type) =>
        block.ValueKind == JsonValueKind.Object && block.TryGetProperty("type"u8, out var told) && JsonText.IsText(told, type);
}

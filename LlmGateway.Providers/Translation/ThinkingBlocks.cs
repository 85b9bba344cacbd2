using System.Text.Json;

namespace LlmGateway.Providers.Translation;

/// <summary>
/// Gives a model its own thinking back, which it demands when tools are used: from <c>thinking_blocks</c> of an assistant's message, as
/// answers have it. Streams tell signatures there and the text as <c>reasoning_content</c>, so a lone block without text takes that.
/// Thinking without a signature is left out: it would be refused, and nothing depends on it.
/// </summary>
internal static class ThinkingBlocks
{
    /// <param name="message">The assistant's message.</param>
    /// <param name="signed">Receives the text, undefined where nothing tells it, and the signature of a block.</param>
    /// <param name="redacted">Receives the data of a block that only its model can read.</param>
    public static void Write(JsonElement message, Action<JsonElement, JsonElement> signed, Action<JsonElement> redacted)
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
                var isOwn = block.TryGetProperty("thinking"u8, out var own) && own.ValueKind == JsonValueKind.String;
                signed(isOwn ? own : text, block.GetProperty("signature"u8));
            }
            else if (Is(block, "redacted_thinking"u8) && block.TryGetProperty("data"u8, out var data) && data.ValueKind == JsonValueKind.String)
            {
                redacted(data);
            }
        }
    }

    private static bool IsSigned(JsonElement block) =>
        Is(block, "thinking"u8) && block.TryGetProperty("signature"u8, out var signature)
        && signature.ValueKind == JsonValueKind.String && !JsonText.RawInner(signature).IsEmpty;

    private static bool Is(JsonElement block, ReadOnlySpan<byte> type) =>
        block.ValueKind == JsonValueKind.Object && block.TryGetProperty("type"u8, out var told) && JsonText.IsText(told, type);
}

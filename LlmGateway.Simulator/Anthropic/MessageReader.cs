using System.Text;
using System.Text.Json;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Anthropic;

/// <summary>
/// Reads <c>system</c> and <c>messages</c>, with the checks that the real API makes: nothing empty, results right after the calls they
/// belong to, thoughts with their signature.
/// </summary>
internal static class MessageReader
{
    public static List<ChatMessage> Read(JsonElement body)
    {
        var read = new List<ChatMessage>();
        if (body.Field("system") is { } system) read.Add(new ChatMessage(MessageRole.System, ReadText(system, "system")));
        var messages = body.Array("messages") ?? throw MessagesRequest.Required("messages");
        if (messages.GetArrayLength() == 0) throw Bad("messages: at least one message is required");
        var open = new HashSet<string>();
        var index = 0;
        var count = messages.GetArrayLength();
        foreach (var message in messages.EnumerateArray())
        {
            var at = $"messages.{index++}";
            if (message.ValueKind != JsonValueKind.Object) throw JsonFields.WrongType(at, "an object", message);
            open = message.String("role", at + ".role") switch
            {
                "user" => ReadUser(message, at, open, read),
                "assistant" => ReadAssistant(message, at, open, index == count, read),
                null => throw MessagesRequest.Required(at + ".role"),
                var role => throw Bad($"{at}.role: Input should be 'user' or 'assistant', not '{role}'"),
            };
        }

        return read;
    }

    private static HashSet<string> ReadUser(JsonElement message, string at, HashSet<string> open, List<ChatMessage> read)
    {
        var text = new StringBuilder();
        var images = 0;
        var hasBlocks = false;
        var answered = new HashSet<string>();
        foreach (var (block, place) in Blocks(message, at))
        {
            hasBlocks = true;
            switch (block.String("type", place + ".type"))
            {
                case "text": text.Append(TextOf(block, place)); break;
                case "image": CheckSource(block, place); images++; break;
                case "document": CheckSource(block, place); break;
                case "tool_result": ReadResult(block, place, open, answered, read); break;
                case null: throw MessagesRequest.Required(place + ".type");
                case var other: throw Bad($"{place}: Input tag '{other}' is not expected here");
            }
        }

        if (!hasBlocks) throw Bad($"{at}: user messages must have non-empty content");
        CheckAnswered(open, answered, at);
        if (text.Length > 0 || images > 0) read.Add(new ChatMessage(MessageRole.User, text.ToString()) { ImageCount = images });
        return [];
    }

    private static void ReadResult(JsonElement block, string place, HashSet<string> open, HashSet<string> answered, List<ChatMessage> read)
    {
        var id = block.String("tool_use_id", place + ".tool_use_id") ?? throw MessagesRequest.Required(place + ".tool_use_id");
        if (!open.Contains(id))
        {
            throw Bad(
                $"{place}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. "
                + "Each `tool_result` block must have a corresponding `tool_use` block in the previous message.");
        }

        answered.Add(id);
        read.Add(new ChatMessage(MessageRole.Tool, block.Field("content") is { } content ? ReadText(content, place + ".content") : "") { ToolCallId = id });
    }

    private static HashSet<string> ReadAssistant(JsonElement message, string at, HashSet<string> open, bool isLast, List<ChatMessage> read)
    {
        CheckAnswered(open, [], at);
        var text = new StringBuilder();
        var calls = new List<ToolCall>();
        var hasBlocks = false;
        foreach (var (block, place) in Blocks(message, at))
        {
            hasBlocks = true;
            switch (block.String("type", place + ".type"))
            {
                case "text": text.Append(TextOf(block, place)); break;
                case "tool_use":
                    var input = block.Object("input", place + ".input") ?? throw MessagesRequest.Required(place + ".input");
                    calls.Add(new ToolCall(
                        block.String("id", place + ".id") ?? throw MessagesRequest.Required(place + ".id"),
                        block.String("name", place + ".name") ?? throw MessagesRequest.Required(place + ".name"),
                        input.GetRawText()));
                    break;
                case "thinking":
                    if (block.String("signature", place + ".signature") != Signature.Of(block.String("thinking", place + ".thinking") ?? ""))
                        throw Bad($"{place}: Invalid `signature` in `thinking` block");
                    break;
                case "redacted_thinking": _ = block.String("data", place + ".data") ?? throw MessagesRequest.Required(place + ".data"); break;
                case null: throw MessagesRequest.Required(place + ".type");
                case var other: throw Bad($"{place}: Input tag '{other}' is not expected here");
            }
        }

        if (!hasBlocks && !isLast) throw Bad($"{at}: all messages must have non-empty content except for the optional final assistant message");
        read.Add(new ChatMessage(MessageRole.Assistant, text.ToString()) { ToolCalls = calls });
        return [.. calls.Select(c => c.Id)];
    }

    private static void CheckAnswered(HashSet<string> open, HashSet<string> answered, string at)
    {
        if (open.Except(answered).ToArray() is { Length: > 0 } missing)
        {
            throw Bad(
                $"{at}: `tool_use` ids were found without `tool_result` blocks immediately after: {string.Join(", ", missing)}. "
                + "Each `tool_use` block must have a corresponding `tool_result` block in the next message.");
        }
    }

    private static IEnumerable<(JsonElement Block, string Place)> Blocks(JsonElement message, string at)
    {
        var content = message.Field("content") ?? throw MessagesRequest.Required(at + ".content");
        if (content.ValueKind == JsonValueKind.String)
        {
            // A text is short for one block of text.
            if (content.Text(at + ".content").Length == 0) yield break;
            using var document = JsonDocument.Parse($$"""{"type":"text","text":{{content.GetRawText()}}}""");
            yield return (document.RootElement.Clone(), at + ".content");
            yield break;
        }

        if (content.ValueKind != JsonValueKind.Array) throw JsonFields.WrongType(at + ".content", "a string or an array of blocks", content);
        var index = 0;
        foreach (var block in content.EnumerateArray())
        {
            var place = $"{at}.content.{index++}";
            yield return block.ValueKind == JsonValueKind.Object ? (block, place) : throw JsonFields.WrongType(place, "an object", block);
        }
    }

    /// <summary>The text of <c>system</c> or of a tool's result; images in it are looked at by nobody.</summary>
    private static string ReadText(JsonElement content, string at)
    {
        if (content.ValueKind == JsonValueKind.String) return content.Text(at);
        if (content.ValueKind != JsonValueKind.Array) throw JsonFields.WrongType(at, "a string or an array of blocks", content);
        return string.Concat(content.EnumerateArray().Select((block, i) => block.String("type") == "text" ? TextOf(block, $"{at}.{i}") : ""));
    }

    private static string TextOf(JsonElement block, string place)
    {
        var text = block.String("text", place + ".text") ?? throw MessagesRequest.Required(place + ".text");
        return text.Length > 0 ? text : throw Bad($"{place}: text content blocks must be non-empty");
    }

    private static void CheckSource(JsonElement block, string place)
    {
        var source = block.Object("source", place + ".source") ?? throw MessagesRequest.Required(place + ".source");
        var field = source.String("type", place + ".source.type") switch
        {
            "base64" or "text" => "data",
            "url" => "url",
            "file" => "file_id",
            _ => throw Bad($"{place}.source: Input tag is not one of 'base64', 'text', 'url', 'file'"),
        };
        _ = source.String(field, $"{place}.source.{field}") ?? throw MessagesRequest.Required($"{place}.source.{field}");
    }

    private static SimulatorException Bad(string message) => SimulatorException.BadRequest(message, "messages");
}

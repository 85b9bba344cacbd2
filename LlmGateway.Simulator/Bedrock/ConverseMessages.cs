using System.Text;
using System.Text.Json;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Bedrock;

/// <summary>
/// Reads <c>system</c> and <c>messages</c> with the checks that the service makes: turns alternate and the user's is the first, nothing
/// is blank, the results of a turn are exactly those of the tool uses in the turn before it.
/// </summary>
internal sealed class ConverseMessages
{
    private readonly List<ChatMessage> _read = [];
    private HashSet<string> _open = new(StringComparer.Ordinal);
    private bool _usesTools;

    /// <param name="body">The request.</param>
    /// <param name="hasToolConfig">Without it no message may use tools.</param>
    public static IReadOnlyList<ChatMessage> Read(JsonElement body, bool hasToolConfig)
    {
        var reader = new ConverseMessages();
        reader.ReadSystem(body);
        var messages = body.Array("messages") ?? throw BedrockErrors.Required("messages");
        if (messages.GetArrayLength() == 0) throw StartsWrong();
        var index = 0;
        string? before = null;
        foreach (var message in messages.EnumerateArray()) before = reader.ReadMessage(message, index++, before);
        return reader._usesTools && !hasToolConfig
            ? throw BedrockErrors.Invalid("The toolConfig field must be defined when using toolUse and toolResult content blocks.")
            : reader._read;
    }

    private void ReadSystem(JsonElement body)
    {
        if (body.Array("system") is not { } system) return;
        var text = new StringBuilder();
        var index = 0;
        foreach (var block in system.EnumerateArray())
        {
            var at = $"system.{index++}";
            var (kind, value) = ConverseBlocks.Single(block, at, "text", "cachePoint", "guardContent");
            if (kind == "text") text.Append(ConverseBlocks.Text(value, at));
        }

        if (text.Length > 0) _read.Add(new ChatMessage(MessageRole.System, text.ToString()));
    }

    private string ReadMessage(JsonElement message, int index, string? before)
    {
        var at = $"messages.{index}";
        if (message.ValueKind != JsonValueKind.Object) throw JsonFields.WrongType(at, "an object", message);
        var role = message.String("role", at + ".role") ?? throw BedrockErrors.Required(at + ".role");
        if (role is not ("user" or "assistant"))
            throw BedrockErrors.Constraint($"messages.{index + 1}.member.role", role, "Member must satisfy enum value set: [user, assistant]");
        if (before is null && role != "user") throw StartsWrong();
        if (role == before)
            throw BedrockErrors.Invalid("A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.");
        var content = message.Array("content", at + ".content") ?? throw BedrockErrors.Required(at + ".content");
        if (content.GetArrayLength() == 0)
            throw BedrockErrors.Invalid($"The content field in the Message object at {at} is empty. Add a ContentBlock object to the content field and try again.");
        if (role == "user") ReadUser(content, at + ".content");
        else ReadAssistant(content, at + ".content");
        return role;
    }

    private void ReadUser(JsonElement content, string at)
    {
        var text = new StringBuilder();
        var images = 0;
        var answered = new HashSet<string>(StringComparer.Ordinal);
        var index = 0;
        foreach (var block in content.EnumerateArray())
        {
            var place = $"{at}.{index++}";
            var (kind, value) = ConverseBlocks.Single(block, place, "text", "image", "toolResult", "cachePoint", "guardContent", "document", "video", "audio");
            switch (kind)
            {
                case "text": text.Append(ConverseBlocks.Text(value, place)); break;
                case "image": ConverseBlocks.CheckImage(value, place + ".image"); images++; break;
                case "toolResult": ReadResult(value, place + ".toolResult", at, answered); break;
                case "document" or "video" or "audio": throw Unsupported(kind, place);
            }
        }

        var missing = _open.Where(id => !answered.Contains(id)).ToArray();
        if (missing.Length > 0) throw BedrockErrors.Invalid($"Expected toolResult blocks at {at} for the following Ids: {string.Join(", ", missing)}");
        _open = [];
        if (text.Length > 0 || images > 0) _read.Add(new ChatMessage(MessageRole.User, text.ToString()) { ImageCount = images });
    }

    private void ReadResult(JsonElement result, string place, string at, HashSet<string> answered)
    {
        _usesTools = true;
        var id = ConverseBlocks.UseId(result, place);
        if (_open.Count == 0 || answered.Count == _open.Count)
            throw BedrockErrors.Invalid($"The number of toolResult blocks at {at} exceeds the number of toolUse blocks of previous turn.");
        if (!_open.Contains(id)) throw BedrockErrors.Invalid($"Expected toolResult blocks at {at} for the following Ids: {string.Join(", ", _open)}, but found: {id}");
        if (!answered.Add(id)) throw BedrockErrors.Invalid($"The toolResult blocks at {at} contain duplicate Ids: {id}");
        if (result.String("status", place + ".status") is { } status and not ("success" or "error"))
            throw BedrockErrors.Constraint(place + ".status", status, "Member must satisfy enum value set: [success, error]");

        var text = new StringBuilder();
        var images = 0;
        var index = 0;
        foreach (var block in (result.Array("content", place + ".content") ?? throw BedrockErrors.Required(place + ".content")).EnumerateArray())
        {
            var part = $"{place}.content.{index++}";
            var (kind, value) = ConverseBlocks.Single(block, part, "text", "json", "image", "document", "video");
            switch (kind)
            {
                case "text": text.Append(value.Text(part + ".text")); break;
                case "json": text.Append(value.GetRawText()); break;
                case "image": ConverseBlocks.CheckImage(value, part + ".image"); images++; break;
                default: throw Unsupported(kind, part);
            }
        }

        _read.Add(new ChatMessage(MessageRole.Tool, text.ToString()) { ToolCallId = id, ImageCount = images });
    }

    private void ReadAssistant(JsonElement content, string at)
    {
        var text = new StringBuilder();
        var calls = new List<ToolCall>();
        var index = 0;
        foreach (var block in content.EnumerateArray())
        {
            var place = $"{at}.{index++}";
            var (kind, value) = ConverseBlocks.Single(block, place, "text", "toolUse", "reasoningContent", "cachePoint", "image", "document");
            switch (kind)
            {
                case "text": text.Append(ConverseBlocks.Text(value, place)); break;
                case "toolUse": calls.Add(ReadUse(value, place + ".toolUse")); break;
                case "reasoningContent": CheckReasoning(value, place + ".reasoningContent"); break;
                case "image" or "document": throw Unsupported(kind, place);
            }
        }

        _open = new HashSet<string>(calls.Select(c => c.Id), StringComparer.Ordinal);
        if (_open.Count < calls.Count) throw BedrockErrors.Invalid($"The toolUse blocks at {at} contain duplicate Ids.");
        _read.Add(new ChatMessage(MessageRole.Assistant, text.ToString()) { ToolCalls = calls });
    }

    private ToolCall ReadUse(JsonElement use, string place)
    {
        _usesTools = true;
        var input = use.Field("input") ?? throw BedrockErrors.Required(place + ".input");
        if (input.ValueKind != JsonValueKind.Object)
            throw BedrockErrors.Invalid($"The format of the value at {place}.input is invalid. Provide a json object for the field and try again.");
        return new ToolCall(ConverseBlocks.UseId(use, place), ConverseBlocks.Name(use, place), input.GetRawText());
    }

    private static void CheckReasoning(JsonElement reasoning, string place)
    {
        var (kind, value) = ConverseBlocks.Single(reasoning, place, "reasoningText", "redactedContent");
        if (kind == "redactedContent") return;
        var text = value.String("text", place + ".reasoningText.text") ?? throw BedrockErrors.Required(place + ".reasoningText.text");
        if (value.String("signature", place + ".reasoningText.signature") != Signature.Of(text))
            throw BedrockErrors.Invalid($"The model returned the following errors: {place}: Invalid `signature` in `thinking` block");
    }

    private static SimulatorException StartsWrong() =>
        BedrockErrors.Invalid("A conversation must start with a user message. Try again with a conversation that starts with a user message.");

    private static SimulatorException Unsupported(string kind, string place) =>
        BedrockErrors.Invalid($"This model doesn't support the {kind} content block at {place}. Remove the {kind} and try again.");
}

using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LlmGateway.Providers.Tests.Corruption;

/// <summary>What a stream says, whatever its wire: the text of each choice, thoughts, tool calls and reasons, each joined.</summary>
internal sealed class ReadAnswer
{
    private readonly SortedDictionary<int, StringBuilder> _texts = [];
    private readonly StringBuilder _thoughts = new();
    private readonly SortedDictionary<int, StringBuilder> _tools = [];
    private readonly SortedDictionary<int, string> _reasons = [];

    public string Text => string.Join('|', _texts.Values);

    public void AddText(string text, int choice = 0) => Of(_texts, choice).Append(text);

    public void AddThought(string text) => _thoughts.Append(text);

    public void AddTool(int index, string text) => Of(_tools, index).Append(text);

    public void SetReason(string reason, int choice = 0) => _reasons[choice] = reason;

    public override string ToString() =>
        $"text=<{Text}> thoughts=<{_thoughts}> tools=<{string.Join('|', _tools.Values)}> reasons=<{string.Join(',', _reasons.Select(r => r.Key + ":" + r.Value))}>";

    /// <summary>Adds a chunk of OpenAI's.</summary>
    public void AddChunk(JsonElement chunk)
    {
        foreach (var choice in chunk.GetProperty("choices").EnumerateArray())
        {
            var index = choice.TryGetProperty("index", out var at) && at.ValueKind == JsonValueKind.Number && at.TryGetInt32(out var i) ? i : 0;
            if (choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind == JsonValueKind.String)
            {
                SetReason(Unescape(reason), index);
            }

            if (!choice.TryGetProperty("delta", out var delta) || delta.ValueKind != JsonValueKind.Object)
            {
                continue;
            }

            AddText(StringOf(delta, "content"), index);
            AddThought(StringOf(delta, "reasoning_content"));
            foreach (var call in Elements(delta, "tool_calls"))
            {
                var tool = call.TryGetProperty("index", out var t) && t.ValueKind == JsonValueKind.Number && t.TryGetInt32(out var n) ? n : 0;
                if (call.TryGetProperty("function", out var function) && function.ValueKind == JsonValueKind.Object)
                {
                    AddTool(tool, StringOf(function, "name") + StringOf(function, "arguments"));
                }
            }
        }
    }

    /// <summary>The string member; empty when there is none.</summary>
    public static string StringOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Unescape(value) : "";

    public static IEnumerable<JsonElement> Elements(JsonElement element, string name) =>
        element.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.Object) : [];

    /// <summary>As a client reads it who takes half a surrogate pair for what it is, because the other half may come with the next piece.</summary>
    private static string Unescape(JsonElement text)
    {
        var raw = text.GetRawText().AsSpan(1..^1);
        var result = new StringBuilder(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\')
            {
                result.Append(raw[i]);
                continue;
            }

            switch (raw[++i])
            {
                case 'u':
                    result.Append((char)int.Parse(raw.Slice(i + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                    i += 4;
                    break;
                case var c:
                    result.Append(c switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'b' => '\b', 'f' => '\f', _ => c });
                    break;
            }
        }

        return result.ToString();
    }

    private static StringBuilder Of(SortedDictionary<int, StringBuilder> parts, int index)
    {
        if (!parts.TryGetValue(index, out var part))
        {
            parts[index] = part = new StringBuilder();
        }

        return part;
    }
}

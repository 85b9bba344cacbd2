using System.Text;
using System.Text.Json;

namespace LlmGateway.Providers.Tests.Corruption;

/// <summary>
/// What the wires' own rules make of a stream, written plainly and apart from the product: the answer when the bytes are a whole one,
/// null when they are none. Corruption that makes another valid stream is one here too: nobody could tell.
/// </summary>
internal static class ReferenceReaders
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static ReadAnswer? Read(Wire wire, byte[] bytes)
    {
        try
        {
            return wire switch
            {
                Wire.OpenAI => ReadOpenAI(bytes),
                Wire.Anthropic => ReadAnthropic(bytes),
                _ => ReadOllama(bytes),
            };
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    private static ReadAnswer? ReadOpenAI(byte[] bytes)
    {
        var answer = new ReadAnswer();
        var (started, finished) = (new HashSet<int>(), new HashSet<int>());
        var (events, tail) = Events(bytes);
        foreach (var data in events)
        {
            if (data == "[DONE]")
            {
                return IsWhole() ? answer : null;
            }

            using var document = JsonDocument.Parse(data);
            var chunk = document.RootElement;
            if (chunk.TryGetProperty("error", out var error) && error.ValueKind != JsonValueKind.Null)
            {
                return null;
            }

            foreach (var choice in chunk.GetProperty("choices").EnumerateArray())
            {
                var index = choice.TryGetProperty("index", out var at) && at.ValueKind == JsonValueKind.Number && at.TryGetInt32(out var i) ? i : 0;
                started.Add(index);
                if (choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind == JsonValueKind.String)
                {
                    finished.Add(index);
                }
            }

            answer.AddChunk(chunk);
        }

        return IsWhole() && tail.Trim('\r', '\n', ' ') is "" or "data: [DONE]" or "data:[DONE]" ? answer : null;

        bool IsWhole() => finished.Count > 0 && started.IsSubsetOf(finished);
    }

    private static ReadAnswer? ReadAnthropic(byte[] bytes)
    {
        var answer = new ReadAnswer();
        var (begun, open, block, tools, hasJson, reason) = (false, -1, "", -1, false, "");
        foreach (var data in Events(bytes).Events)
        {
            using var document = JsonDocument.Parse(data);
            var read = document.RootElement;
            var type = read.TryGetProperty("type", out var t) ? t.GetString() : null;
            if (type is not ("message_start" or "content_block_start" or "content_block_delta" or "content_block_stop" or "message_delta" or "message_stop" or "error"))
            {
                continue;
            }

            if (begun == (type == "message_start") || type == "error")
            {
                return null;
            }

            begun = true;
            switch (type)
            {
                case "content_block_start":
                    if (open >= 0 || reason.Length > 0)
                    {
                        return null;
                    }

                    (open, hasJson) = (read.GetProperty("index").GetInt32(), false);
                    var content = read.GetProperty("content_block");
                    block = content.GetProperty("type").GetString()!;
                    answer.AddText(block == "text" ? ReadAnswer.StringOf(content, "text") : "");
                    answer.AddThought(block == "thinking" ? ReadAnswer.StringOf(content, "thinking") : "");
                    if (block == "tool_use")
                    {
                        answer.AddTool(++tools, content.GetProperty("name").GetString()!);
                    }

                    break;
                case "content_block_delta":
                    if (read.GetProperty("index").GetInt32() != open)
                    {
                        return null;
                    }

                    var delta = read.GetProperty("delta");
                    hasJson |= ReadAnswer.StringOf(delta, "partial_json").Length > 0;
                    AddDelta(answer, delta, tools);
                    break;
                case "content_block_stop":
                    if (read.GetProperty("index").GetInt32() != open)
                    {
                        return null;
                    }

                    if (block == "tool_use" && !hasJson)
                    {
                        answer.AddTool(tools, "{}");
                    }

                    open = -1;
                    break;
                case "message_delta":
                    reason = ReadAnswer.StringOf(read.GetProperty("delta"), "stop_reason") is { Length: > 0 } told ? told : reason;
                    break;
                case "message_stop":
                    return open < 0 && Reason(reason) is { } final ? With(answer, final) : null;
            }
        }

        return null;
    }

    private static void AddDelta(ReadAnswer answer, JsonElement delta, int tools)
    {
        switch (delta.GetProperty("type").GetString())
        {
            case "text_delta":
                answer.AddText(delta.GetProperty("text").ValueKind == JsonValueKind.String ? ReadAnswer.StringOf(delta, "text") : throw new FormatException());
                break;
            case "thinking_delta":
                answer.AddThought(delta.GetProperty("thinking").ValueKind == JsonValueKind.String ? ReadAnswer.StringOf(delta, "thinking") : throw new FormatException());
                break;
            case "input_json_delta":
                answer.AddTool(tools, delta.GetProperty("partial_json").ValueKind == JsonValueKind.String ? ReadAnswer.StringOf(delta, "partial_json") : throw new FormatException());
                break;
        }
    }

    private static ReadAnswer? ReadOllama(byte[] bytes)
    {
        var answer = new ReadAnswer();
        var tools = -1;
        for (int end; (end = Array.IndexOf(bytes, (byte)'\n')) >= 0; bytes = bytes[(end + 1)..])
        {
            var line = Strict.GetString(bytes, 0, end);
            if (line.Trim(' ', '\t', '\r').Length == 0)
            {
                continue;
            }

            using var document = JsonDocument.Parse(line);
            var read = document.RootElement;
            if (read.TryGetProperty("error", out _))
            {
                return null;
            }

            var isDone = read.TryGetProperty("done", out var done) && done.ValueKind == JsonValueKind.True;
            if (read.TryGetProperty("message", out var message))
            {
                answer.AddText(ReadAnswer.StringOf(message, "content"));
                answer.AddThought(ReadAnswer.StringOf(message, "thinking"));
                foreach (var call in ReadAnswer.Elements(message, "tool_calls"))
                {
                    var function = call.GetProperty("function");
                    answer.AddTool(++tools, function.GetProperty("name").GetString() + (function.TryGetProperty("arguments", out var arguments) ? arguments.GetRawText() : "{}"));
                }
            }
            else if (!isDone)
            {
                return null;
            }

            if (isDone)
            {
                return ReadAnswer.StringOf(read, "done_reason") is "stop" or "length" or "" ? With(answer, Final(read, tools)) : null;
            }
        }

        return null;
    }

    private static string Final(JsonElement last, int tools) =>
        tools >= 0 && ReadAnswer.StringOf(last, "done_reason") != "length" ? "tool_calls" : ReadAnswer.StringOf(last, "done_reason") is "length" ? "length" : "stop";

    private static string? Reason(string reason) => reason switch
    {
        "end_turn" or "stop_sequence" => "stop",
        "max_tokens" or "model_context_window_exceeded" or "pause_turn" => "length",
        "tool_use" => "tool_calls",
        "refusal" => "content_filter",
        _ => null,
    };

    private static ReadAnswer With(ReadAnswer answer, string reason)
    {
        answer.SetReason(reason);
        return answer;
    }

    /// <summary>The data of each event that was ended by an empty line, and the text behind the last of them.</summary>
    private static (List<string> Events, string Tail) Events(byte[] bytes)
    {
        var events = new List<string>();
        if (bytes.AsSpan().StartsWith("\uFEFF"u8))
        {
            bytes = bytes[3..];
        }

        var data = new List<byte[]>();
        var eventStart = 0;
        var at = 0;
        for (int end; (end = Array.IndexOf(bytes, (byte)'\n', at)) >= 0; at = end + 1)
        {
            var line = bytes[at..end];
            line = line.AsSpan().EndsWith("\r"u8) ? line[..^1] : line;
            if (line.Length == 0)
            {
                if (data.Count > 0)
                {
                    events.Add(Strict.GetString([.. data.SelectMany((d, i) => i == 0 ? d : [(byte)'\n', .. d])]));
                }

                data.Clear();
                eventStart = end + 1;
            }
            else if (line.AsSpan().StartsWith("data"u8) && (line.Length == 4 || line[4] == ':'))
            {
                data.Add(line.Length <= 5 ? [] : line[5] == ' ' ? line[6..] : line[5..]);
            }
        }

        return (events, Encoding.Latin1.GetString(bytes, eventStart, bytes.Length - eventStart));
    }
}

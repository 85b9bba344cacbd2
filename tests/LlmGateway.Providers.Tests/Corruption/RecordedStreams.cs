namespace LlmGateway.Providers.Tests.Corruption;

/// <summary>The ways of streaming that there are readers for.</summary>
public enum Wire
{
    OpenAI,
    Anthropic,
    Ollama,
}

/// <summary>Valid streams as servers send them, in the units that their wire consists of: events, or lines.</summary>
internal sealed record RecordedStream(Wire Wire, string Name, string[] Units)
{
    public static IReadOnlyList<RecordedStream> All { get; } =
    [
        OpenAI("text", Delta("{\"role\":\"assistant\",\"content\":\"\"}"), Delta("{\"content\":\"Grüße \"}"), Delta("{\"content\":\"aus 東京 😀\"}"), Delta("{\"content\":\" \\u00e9\\n\\\"q\\\"\"}"), Stop()),
        OpenAI(
            "usage", ": PROCESSING\n\n", Delta("{\"role\":\"assistant\",\"content\":\"\"}", "null,\"usage\":null"), Delta("{\"content\":\"Zażółć gęślą\"}", "null,\"usage\":null"),
            Delta("{\"content\":\" jaźń.\"}", "null,\"usage\":null"), Stop(), Data("{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":9,\"total_tokens\":21}}")),
        OpenAI(
            "tools", Delta("{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"index\":0,\"id\":\"call_a\",\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"arguments\":\"\"}}]}"),
            Delta("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"city\\\":\"}}]}"), Delta("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"Kraków\\\"}\"}}]}"), Stop("tool_calls")),
        OpenAI(
            "two", Delta("{\"role\":\"assistant\",\"content\":\"a\"}"), Delta("{\"role\":\"assistant\",\"content\":\"b\"}", index: 1), Delta("{\"content\":\"ä1\"}"), Delta("{\"content\":\"ß2\"}", index: 1),
            Stop("length"), Stop("stop", 1)),

        Anthropic("text", Start, Block(0, "{\"type\":\"text\",\"text\":\"\"}"), Ping, Text(0, "Grüße "), Text(0, "aus 東京 😀"), Text(0, "\\u00e9\\n\\\"q\\\""), BlockEnd(0), Reason("end_turn"), End),
        Anthropic(
            "tools", Start, Ping, Block(0, "{\"type\":\"text\",\"text\":\"\"}"), Text(0, "Ich schaue nach…"), BlockEnd(0),
            Block(1, "{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"get_weather\",\"input\":{}}"), Json(1, ""), Json(1, "{\\\"city\\\": \\\"Kra"), Json(1, "ków\\\"}"), BlockEnd(1), Reason("tool_use"), End),
        Anthropic(
            "thinking", Start, Block(0, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"), Event("content_block_delta", "\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"Mal überlegen\"}"),
            Event("content_block_delta", "\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"EqQBCgIYAhIM\"}"), BlockEnd(0), Block(1, "{\"type\":\"text\",\"text\":\"\"}"), Text(1, "Ja – 世界"), BlockEnd(1),
            Reason("max_tokens"), End),

        new(Wire.Ollama, "text", [Line("\"content\":\"Grüße \""), Line("\"content\":\"aus 東京 😀\""), Line("\"content\":\"\\u00e9\\n\\\"q\\\"\""), Done("stop")]),
        new(Wire.Ollama, "tools",
        [
            Line("\"content\":\"Ich schaue nach…\""), Line("\"content\":\"\",\"tool_calls\":[{\"id\":\"call_a\",\"function\":{\"index\":0,\"name\":\"get_weather\",\"arguments\":{\"city\":\"Kraków\"}}}]"), Done("stop"),
        ]),
        new(Wire.Ollama, "thinking", [Line("\"content\":\"\",\"thinking\":\"Mal überlegen\""), Line("\"content\":\"Ja – 世界\""), Done("length")]),
    ];

    public override string ToString() => $"{Wire} {Name}";

    /// <summary>The units that a reader must miss when they do not come. Content is not among them: no wire numbers its pieces.</summary>
    public bool IsIndispensable(string unit) => Wire switch
    {
        Wire.OpenAI => unit.Contains("\"finish_reason\":\"", StringComparison.Ordinal),
        Wire.Anthropic => unit.Contains("message_", StringComparison.Ordinal) || unit.Contains("content_block_start", StringComparison.Ordinal) || unit.Contains("content_block_stop", StringComparison.Ordinal),
        _ => unit.Contains("\"done\":true", StringComparison.Ordinal),
    };

    /// <summary>The units without which the answer is the same.</summary>
    public bool IsNoAnswer(string unit) =>
        unit.StartsWith(':') || unit.Contains("[DONE]", StringComparison.Ordinal) || unit.Contains("\"ping\"", StringComparison.Ordinal) || unit.Contains("\"choices\":[],", StringComparison.Ordinal);

    private const string Ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n";

    private static string Start => Event("message_start", "\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"model\":\"m\",\"stop_reason\":null,\"usage\":{\"input_tokens\":20,\"output_tokens\":1}}");

    private static string End => "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    private static RecordedStream OpenAI(string name, params string[] units) => new(Wire.OpenAI, name, [.. units, Data("[DONE]")]);

    private static RecordedStream Anthropic(string name, params string[] units) => new(Wire.Anthropic, name, units);

    private static string Data(string data) => $"data: {data}\n\n";

    private static string Delta(string delta, string reason = "null", int index = 0) => Data(
        $$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1735689600,"model":"m","choices":[{"index":{{index}},"delta":{{delta}},"finish_reason":{{(reason == "null,\"usage\":null" ? "null}],\"usage\":null}" : reason + "}]}")}}""");

    private static string Stop(string reason = "stop", int index = 0) => Delta("{}", $"\"{reason}\"", index);

    private static string Event(string type, string members) => $$"""event: {{type}}{{"\n"}}data: {"type":"{{type}}",{{members}}}""" + "\n\n";

    private static string Block(int index, string block) => Event("content_block_start", $"\"index\":{index},\"content_block\":{block}");

    private static string BlockEnd(int index) => Event("content_block_stop", $"\"index\":{index}");

    private static string Text(int index, string text) => Event("content_block_delta", $$"""{{"\"index\""}}:{{index}},"delta":{"type":"text_delta","text":"{{text}}"}""");

    private static string Json(int index, string part) => Event("content_block_delta", $$"""{{"\"index\""}}:{{index}},"delta":{"type":"input_json_delta","partial_json":"{{part}}"}""");

    private static string Reason(string reason) => Event("message_delta", $$"""{{"\"delta\""}}:{"stop_reason":"{{reason}}","stop_sequence":null},"usage":{"output_tokens":15}""");

    private static string Line(string message) => $$"""{"model":"m","created_at":"2026-01-02T03:04:05.1Z","message":{"role":"assistant",{{message}}},"done":false}""" + "\n";

    private static string Done(string reason) =>
        $$"""{"model":"m","created_at":"2026-01-02T03:04:05Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"{{reason}}","total_duration":5043500667,"prompt_eval_count":26,"eval_count":29}""" + "\n";
}

using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlmGateway.Simulator.Tests.Anthropic;

public sealed partial class MessagesTests : SimulatorTest
{
    private const string Usage = "\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,";

    protected override SimulatorOptions Options => new() { Models = { new() { Name = "fast", TokensPerSecond = 0, FirstTokenDelay = TimeSpan.Zero, ContextLength = 100 } } };

    [Fact]
    public async Task Message_HasTheShapeOfTheApi()
    {
        var (status, body) = await PostAsync("/v1/messages", Ask("!echo hi 😀"));

        Assert.Equal(200, status);
        Assert.Equal(
            """{"id":"ID","type":"message","role":"assistant","model":"fast","content":[{"type":"text","text":"hi 😀","citations":null}],"stop_reason":"end_turn","stop_sequence":null,"stop_details":null,"usage":{"input_tokens":N,"""
            + Usage + "\"output_tokens\":3,\"service_tier\":\"standard\"}}",
            Comparable(body));
    }

    [Fact]
    public async Task Stream_HasNamedEvents_InTheirOrder()
    {
        var (_, body) = await PostAsync("/v1/messages", Ask("!echo a b", ",\"stream\":true"));

        (string Name, string Data)[] expected =
        [
            ("message_start", """{"type":"message_start","message":{"id":"ID","type":"message","role":"assistant","model":"fast","content":[],"stop_reason":null,"stop_sequence":null,"stop_details":null,"usage":{"input_tokens":N,""" + Usage + "\"output_tokens\":1,\"service_tier\":\"standard\"}}}"),
            ("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"""),
            ("ping", """{"type":"ping"}"""),
            ("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"""),
            ("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" b"}}"""),
            ("content_block_stop", """{"type":"content_block_stop","index":0}"""),
            ("message_delta", """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null,"stop_details":null},"usage":{"input_tokens":N,""" + Usage + "\"output_tokens\":2}}"),
            ("message_stop", """{"type":"message_stop"}"""),
        ];
        Assert.Equal(string.Concat(expected.Select(e => $"event: {e.Name}\ndata: {e.Data}\n\n")), Comparable(body));
    }

    [Fact]
    public async Task StreamedCalls_AreBlocksOfTheirOwn()
    {
        const string Tools = """
            ,"stream":true,"tools":[{"name":"get_weather","input_schema":{"type":"object","properties":{"n":{"const":1}},"required":["n"]}},{"name":"get_time","input_schema":{"type":"object"}}]
            """;
        var (_, body) = await PostAsync("/v1/messages", Ask("weather and time?", Tools));

        Assert.Equal(2, Regex.Count(body, "\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_[0-9a-f]{16}\",\"name\":\"get_(weather|time)\",\"input\":{}}"));
        Assert.Contains("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,", body, StringComparison.Ordinal);
        Assert.Contains("\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":", body, StringComparison.Ordinal);
        Assert.Contains("\"stop_reason\":\"tool_use\"", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"max_tokens":9,"messages":[{"role":"user","content":"x"}]}""", 400, "invalid_request_error", "model: Field required")]
    [InlineData("""{"model":"fast","messages":[{"role":"user","content":"x"}]}""", 400, "invalid_request_error", "max_tokens: Field required")]
    [InlineData("""{"model":"fast","max_tokens":9}""", 400, "invalid_request_error", "messages: Field required")]
    [InlineData("""{"model":"fast","max_tokens":9,"messages":[{"role":"system","content":"x"}]}""", 400, "invalid_request_error", "messages.0.role: Input should be 'user' or 'assistant', not 'system'")]
    [InlineData("""{"model":"fast","max_tokens":9,"messages":[{"role":"user","content":""}]}""", 400, "invalid_request_error", "messages.0: user messages must have non-empty content")]
    [InlineData("""{"model":"fast","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":""}]}]}""", 400, "invalid_request_error", "messages.0.content.0: text content blocks must be non-empty")]
    [InlineData("""{"model":"gone","max_tokens":9,"messages":[{"role":"user","content":"x"}]}""", 404, "not_found_error", "model: gone")]
    [InlineData("not json", 400, "invalid_request_error", null)]
    public async Task Mistakes_AreToldInTheEnvelopeOfTheApi(string request, int expected, string type, string? message)
    {
        var (status, body) = await PostAsync("/v1/messages", request);

        Assert.Equal(expected, status);
        var root = JsonDocument.Parse(body).RootElement;
        Assert.Equal(["type", "error", "request_id"], root.EnumerateObject().Select(m => m.Name));
        Assert.Equal("error", root.GetProperty("type").GetString());
        Assert.Equal(type, root.GetProperty("error").GetProperty("type").GetString());
        if (message is not null) Assert.Equal(message, root.GetProperty("error").GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("""{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"x"}]}""", "unexpected `tool_use_id`")]
    [InlineData("""{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},{"role":"user","content":"y"}""", "without `tool_result` blocks immediately after: a")]
    [InlineData("""{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":"{}"}]}""", "messages.1.content.0.input")]
    public async Task ResultsThatDoNotFitTheirCalls_AreRefused(string messages, string message)
    {
        var (status, body) = await PostAsync("/v1/messages", $$"""{"model":"fast","max_tokens":9,"messages":[{{messages}}]}""");

        Assert.Equal(400, status);
        Assert.Contains(message, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PromptThatIsTooLong_IsRefused_AndAFullWindowIsTold()
    {
        var (status, refused) = await PostAsync("/v1/messages", Ask(string.Join(' ', Enumerable.Repeat("word", 200))));
        var (_, full) = await PostAsync("/v1/messages", Ask("!words 500"));

        Assert.Equal(400, status);
        Assert.Matches("\"prompt is too long: \\d+ tokens > 100 maximum\"", refused);
        Assert.Contains("\"stop_reason\":\"model_context_window_exceeded\"", full, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_AreInTheShapeOfTheVersionsHeader()
    {
        var openAI = await Http.GetStringAsync("/v1/models");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Add("anthropic-version", "2023-06-01");
        using var response = await Http.SendAsync(request);
        var anthropic = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;

        Assert.StartsWith("""{"object":"list","data":[{"id":"fast",""", openAI, StringComparison.Ordinal);
        Assert.Equal(["data", "has_more", "first_id", "last_id"], anthropic.EnumerateObject().Select(m => m.Name));
        Assert.Equal("2025-01-01T00:00:00Z", anthropic.GetProperty("data")[0].GetProperty("created_at").GetString());
    }

    [Theory]
    [InlineData("GET", "/v1/messages", 405)]
    [InlineData("POST", "/v1/messages/batches", 404)]
    public async Task OtherPathsAndMethods_AreToldInTheSameEnvelope(string method, string path, int expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await Http.SendAsync(request);

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.StartsWith("{\"type\":\"error\",", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ErrorEvent_IsNamedAndHasTheEnvelope()
    {
        var (_, body) = await PostAsync("/v1/messages", Ask("hello", ",\"stream\":true", "fast+error-event-after-2"));

        Assert.EndsWith(
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"Simulated fault (error-event).\"},\"request_id\":null}\n\n", body, StringComparison.Ordinal);
        Assert.Equal(3, Regex.Count(body, "^event: ", RegexOptions.Multiline));
    }

    [Theory]
    [InlineData("no-done", "message_stop")]
    [InlineData("no-finish", "message_delta")]
    public async Task LeftOutFrames_AreMissing(string fault, string name)
    {
        var (_, body) = await PostAsync("/v1/messages", Ask("hello", ",\"stream\":true", "fast+" + fault));

        Assert.DoesNotContain("event: " + name, body, StringComparison.Ordinal);
        Assert.Contains("event: content_block_stop", body, StringComparison.Ordinal);
    }

    private static string Ask(string content, string more = "", string model = "fast") =>
        $$"""{"model":"{{model}}","max_tokens":2000,"messages":[{"role":"user","content":{{JsonSerializer.Serialize(content)}}}]{{more}}}""";

    private static string Comparable(string body) => Input().Replace(Id().Replace(body, "\"id\":\"ID\""), "\"input_tokens\":N");

    [GeneratedRegex("\"id\":\"msg_[0-9a-f]{32}\"")]
    private static partial Regex Id();

    [GeneratedRegex("\"input_tokens\":[1-9]\\d*")]
    private static partial Regex Input();
}

using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlmGateway.Simulator.Tests.Bedrock;

public sealed partial class ConverseTests : SimulatorTest
{
    private const string ErrorTypeHeader = "x-amzn-errortype";
    private const string Tools = """{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object"}}}}]}""";

    protected override SimulatorOptions Options => new() { Models = { new() { Name = "vendor.fast-v1:0", TokensPerSecond = 0, FirstTokenDelay = TimeSpan.Zero, ContextLength = 100 } } };

    [Fact]
    public async Task Message_HasTheShapeOfTheApi()
    {
        var (status, _, body) = await ConverseAsync(Ask("!echo hi 😀"));

        Assert.Equal(200, status);
        Assert.Equal(
            """{"metrics":{"latencyMs":0},"output":{"message":{"content":[{"text":"hi 😀"}],"role":"assistant"}},"stopReason":"end_turn","usage":{"cacheReadInputTokens":0,"cacheWriteInputTokens":0,"inputTokens":13,"outputTokens":3,"totalTokens":16}}""",
            Latency().Replace(body, "\"latencyMs\":0"));
    }

    [Fact]
    public async Task Stream_HasItsEvents_InTheirOrder()
    {
        using var response = await Http.PostAsync("/model/vendor.fast-v1%3A0/converse-stream", Json(Ask("!echo a b")));
        var messages = EventStreamReader.Read(await response.Content.ReadAsByteArrayAsync(), out var rest);

        Assert.Equal("application/vnd.amazon.eventstream", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(0, rest);
        (string Type, string Payload)[] expected =
        [
            ("messageStart", """{"role":"assistant"}"""),
            ("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"a"}}"""),
            ("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":" b"}}"""),
            ("contentBlockStop", """{"contentBlockIndex":0}"""),
            ("messageStop", """{"stopReason":"end_turn"}"""),
            ("metadata", """{"metrics":{"latencyMs":0},"usage":{"cacheReadInputTokens":0,"cacheWriteInputTokens":0,"inputTokens":12,"outputTokens":2,"totalTokens":14}}"""),
        ];
        Assert.Equal(expected, messages.Select(m => (m.Type, Latency().Replace(Padding().Replace(m.Payload, ""), "\"latencyMs\":0"))));
        Assert.All(messages, m =>
        {
            Assert.True(m.IsIntact);
            Assert.Equal([":event-type=" + m.Type, ":content-type=application/json", ":message-type=event"], m.Headers);
        });
    }

    [Theory]
    [InlineData("vendor.fast-v1:0")]
    [InlineData("vendor.fast-v1%3A0")]
    [InlineData("eu.vendor.fast-v1%3A0")]
    [InlineData("arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Afoundation-model%2Fvendor.fast-v1%3A0")]
    [InlineData("arn%3Aaws%3Abedrock%3Aus-east-1%3A000000000000%3Ainference-profile%2Fus.vendor.fast-v1%3A0")]
    public async Task Model_IsFoundByIdProfileAndArn(string id)
    {
        var (status, body) = await PostAsync($"/model/{id}/converse", Ask("!echo hi"));

        Assert.True(status == 200, body);
    }

    [Theory]
    [InlineData("""{}""", "'messages' failed to satisfy constraint: Member must not be null")]
    [InlineData("""{"messages":[]}""", "must start with a user message")]
    [InlineData("""{"messages":[{"role":"assistant","content":[{"text":"x"}]}]}""", "must start with a user message")]
    [InlineData("""{"messages":[{"role":"system","content":[{"text":"x"}]}]}""", "Value 'system' at 'messages.1.member.role' failed to satisfy constraint: Member must satisfy enum value set: [user, assistant]")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"x"}]},{"role":"user","content":[{"text":"x"}]}]}""", "must alternate between user and assistant roles")]
    [InlineData("""{"messages":[{"role":"user","content":[]}]}""", "The content field in the Message object at messages.0 is empty")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":" "}]}]}""", "The text field in the ContentBlock object at messages.0.content.0 is blank")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}]}""", "Invalid type for 'messages.0.content'")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"x","image":{}}]}]}""", "must set exactly one of the following keys: text, image")]
    [InlineData("""{"messages":[{"role":"user","content":[{"document":{"format":"pdf","name":"x","source":{"bytes":"AAAA"}}}]}]}""", "This model doesn't support the document content block at messages.0.content.0")]
    [InlineData("""{"messages":[{"role":"user","content":[{"image":{"format":"bmp","source":{"bytes":"AAAA"}}}]}]}""", "Member must satisfy enum value set: [png, jpeg, gif, webp]")]
    [InlineData("""{"messages":[{"role":"user","content":[{"image":{"format":"png","source":{"bytes":"?"}}}]}]}""", "messages.0.content.0.image.source.bytes is not valid base64")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"x"}]}],"inferenceConfig":{"temperature":1.5}}""", "Value '1.5' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"x"}]}],"inferenceConfig":{"maxTokens":0}}""", "Member must have value greater than or equal to 1")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"x"}]}],"toolConfig":{"tools":[]}}""", "Value '[]' at 'toolConfig.tools'")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"x"}]}],"toolConfig":{"tools":[{"toolSpec":{"name":"a b","inputSchema":{"json":{"type":"object"}}}}]}}""", "regular expression pattern: [a-zA-Z0-9_-]+")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"x"}]}],"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{}}}}]}}""", "inputSchema.json.type must be one of the following: object.")]
    [InlineData("not json", "We could not parse the JSON body")]
    public async Task Mistakes_AreValidationExceptions(string request, string message)
    {
        var (status, type, body) = await ConverseAsync(request);

        Assert.Equal((400, "ValidationException"), (status, type));
        var root = JsonDocument.Parse(body).RootElement;
        Assert.Equal(["message"], root.EnumerateObject().Select(m => m.Name));
        Assert.Contains(message, root.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"toolResult":{"toolUseId":"a","content":[]}},{"toolResult":{"toolUseId":"b","content":[]}}""", null)]
    [InlineData("""{"toolResult":{"toolUseId":"a","content":[]}}""", "Expected toolResult blocks at messages.2.content for the following Ids: b")]
    [InlineData("""{"toolResult":{"toolUseId":"a b","content":[]}}""", "regular expression pattern: [a-zA-Z0-9_.:-]+")]
    [InlineData("""{"text":"x"}""", "Expected toolResult blocks at messages.2.content for the following Ids: a, b")]
    [InlineData("""{"toolResult":{"toolUseId":"c","content":[]}}""", "but found: c")]
    [InlineData("""{"toolResult":{"toolUseId":"a","content":[]}},{"toolResult":{"toolUseId":"a","content":[]}}""", "duplicate Ids: a")]
    [InlineData(
        """{"toolResult":{"toolUseId":"a","content":[]}},{"toolResult":{"toolUseId":"b","content":[]}},{"toolResult":{"toolUseId":"c","content":[]}}""",
        "The number of toolResult blocks at messages.2.content exceeds the number of toolUse blocks of previous turn.")]
    public async Task Results_MustBeThoseOfTheTurnBefore(string results, string? message)
    {
        const string Uses = """{"toolUse":{"toolUseId":"a","name":"f","input":{}}},{"toolUse":{"toolUseId":"b","name":"f","input":{}}}""";
        const string Before = """{"role":"user","content":[{"text":"x"}]},{"role":"assistant","content":[""" + Uses + "]}";
        var messages = $$"""{{Before}},{"role":"user","content":[{{results}}]}""";
        var (status, _, body) = await ConverseAsync($$"""{"messages":[{{messages}}],"toolConfig":{{Tools}}}""");
        var (unconfigured, _, refused) = await ConverseAsync($$"""{"messages":[{{messages}}]}""");

        Assert.Equal(message is null ? 200 : 400, status);
        Assert.Contains(message ?? "f returned", body, StringComparison.Ordinal);
        Assert.Equal(400, unconfigured);
        if (message is null) Assert.Contains("The toolConfig field must be defined when using toolUse and toolResult content blocks.", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PromptThatIsTooLong_IsRefused_AndAFullWindowIsTold()
    {
        var (status, type, refused) = await ConverseAsync(Ask(string.Join(' ', Enumerable.Repeat("word", 200))));
        var (_, _, full) = await ConverseAsync(Ask("!words 500"));

        Assert.Equal((400, "ValidationException"), (status, type));
        Assert.Equal("""{"message":"Input is too long for requested model."}""", refused);
        Assert.Contains("\"stopReason\":\"model_context_window_exceeded\"", full, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherOperations_AreNotKnown()
    {
        using var response = await Http.PostAsync("/model/vendor.fast-v1%3A0/async-invoke", Json("{}"));

        Assert.Equal(404, (int)response.StatusCode);
        Assert.StartsWith("UnknownOperationException", response.Headers.GetValues(ErrorTypeHeader).Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_AreListedWithTheirModalities_AndAsProfiles()
    {
        Server.Models.Put(new() { Name = "amazon.titan-embed-text-v2:0", Capabilities = Simulator.Models.ModelCapabilities.Embedding });
        var all = await Http.GetStringAsync("/foundation-models");
        var text = await Http.GetStringAsync("/foundation-models?byOutputModality=TEXT&byProvider=vendor");
        var one = await Http.GetStringAsync("/foundation-models/vendor.fast-v1%3A0");
        var profiles = await Http.GetStringAsync("/inference-profiles");

        const string Fast = """
            {"modelArn":"arn:aws:bedrock:us-east-1::foundation-model/vendor.fast-v1:0","modelId":"vendor.fast-v1:0","modelName":"vendor.fast-v1:0","providerName":"Vendor","inputModalities":["TEXT"],"outputModalities":["TEXT"],"responseStreamingSupported":true,"customizationsSupported":[],"inferenceTypesSupported":["ON_DEMAND"],"modelLifecycle":{"status":"ACTIVE"}}
            """;
        Assert.Equal($$"""{"modelSummaries":[{{Fast}}]}""", text);
        Assert.Contains("\"modelId\":\"amazon.titan-embed-text-v2:0\"", all, StringComparison.Ordinal);
        Assert.Contains("\"outputModalities\":[\"EMBEDDING\"]", all, StringComparison.Ordinal);
        Assert.Equal($$"""{"modelDetails":{{Fast}}}""", one);
        Assert.Contains("\"inferenceProfileId\":\"us.vendor.fast-v1:0\"", profiles, StringComparison.Ordinal);
        Assert.DoesNotContain("titan", profiles, StringComparison.Ordinal);
    }

    private async Task<(int Status, string? ErrorType, string Body)> ConverseAsync(string request)
    {
        using var response = await Http.PostAsync("/model/vendor.fast-v1%3A0/converse", Json(request));
        Assert.StartsWith("req_", response.Headers.GetValues("x-amzn-requestid").Single(), StringComparison.Ordinal);
        var type = response.Headers.TryGetValues(ErrorTypeHeader, out var values) ? values.Single().Split(':')[0] : null;
        return ((int)response.StatusCode, type, await response.Content.ReadAsStringAsync());
    }

    private static string Ask(string content) => $$"""{"messages":[{"role":"user","content":[{"text":{{JsonSerializer.Serialize(content)}}}]}]}""";

    [GeneratedRegex(",\"p\":\"[a-zA-Z]+\"")]
    private static partial Regex Padding();

    [GeneratedRegex("\"latencyMs\":\\d+")]
    private static partial Regex Latency();
}

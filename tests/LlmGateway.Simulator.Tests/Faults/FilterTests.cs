using LlmGateway.Simulator.Tests.Bedrock;

namespace LlmGateway.Simulator.Tests.Faults;

/// <summary>A content filter on every wire that knows one, whole and streamed, with tools that are then not called.</summary>
public sealed class FilterTests : SimulatorTest
{
    private const string Model = "fast+filter-after-2";
    private const string Function = "\"name\":\"words\",\"description\":\"one\"";

    protected override SimulatorOptions Options => new() { Models = { new() { Name = "fast", TokensPerSecond = 0, FirstTokenDelay = TimeSpan.Zero } } };

    [Theory]
    [InlineData("")]
    [InlineData(",\"stream\":true")]
    public async Task OpenAI_SaysContentFilter(string more)
    {
        var (_, body) = await PostAsync("/v1/chat/completions", Chat("some words", ",\"tools\":[{\"type\":\"function\",\"function\":{" + Function + "}}]" + more, Model));

        Assert.Contains("\"finish_reason\":\"content_filter\"", body, StringComparison.Ordinal);
        Assert.DoesNotContain("tool_calls", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"stream\":true")]
    public async Task Anthropic_SaysRefusal(string more)
    {
        var (_, body) = await PostAsync(
            "/v1/messages", Chat("some words", ",\"max_tokens\":50,\"tools\":[{" + Function + ",\"input_schema\":{\"type\":\"object\"}}]" + more, Model));

        Assert.Contains("\"stop_reason\":\"refusal\"", body, StringComparison.Ordinal);
        Assert.Contains("\"output_tokens\":2", body, StringComparison.Ordinal);
        Assert.DoesNotContain("tool_use", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bedrock_SaysContentFiltered()
    {
        const string Request = """{"messages":[{"role":"user","content":[{"text":"!echo a b c"}]}]}""";
        var (_, body) = await PostAsync("/model/fast%2Bfilter-after-2/converse", Request);
        using var response = await Http.PostAsync("/model/fast%2Bfilter-after-2/converse-stream", Json(Request));
        var messages = EventStreamReader.Read(await response.Content.ReadAsByteArrayAsync(), out _);

        Assert.Contains("\"content\":[{\"text\":\"a b\"}]", body, StringComparison.Ordinal);
        Assert.Contains("\"stopReason\":\"content_filtered\"", body, StringComparison.Ordinal);
        Assert.Contains("\"stopReason\":\"content_filtered\"", messages.Single(m => m.Type == "messageStop").Payload, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TokenLimitBeforeTheFilter_IsTheReason()
    {
        var (_, body) = await PostAsync("/v1/chat/completions", Chat("!echo a b c", ",\"max_tokens\":1", Model));

        Assert.Contains("\"finish_reason\":\"length\"", body, StringComparison.Ordinal);
    }
}

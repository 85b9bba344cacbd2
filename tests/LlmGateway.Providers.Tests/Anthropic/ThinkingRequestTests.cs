using System.Text.Json.Nodes;
using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Tests.Anthropic;

public sealed class ThinkingRequestTests : AnthropicFixture
{
    private const string Listing =
        """
        {"data":[{"type":"model","id":"m","capabilities":{"thinking":{"supported":true,"types":{"adaptive":{"supported":true},"enabled":{"supported":false}}}}},
        {"type":"model","id":"old-20250929","capabilities":{"thinking":{"supported":true,"types":{"adaptive":{"supported":false},"enabled":{"supported":true}}}}},
        {"type":"model","id":"new-20260101","capabilities":{"thinking":{"supported":true,"types":{"adaptive":{"supported":true}}}}},
        {"type":"model","id":"mute","capabilities":null}],"has_more":false,"first_id":"m","last_id":"mute"}
        """;

    [Theory]
    [InlineData("\"reasoning_effort\":\"low\"", """{"type":"enabled","budget_tokens":1024}""", 5120)]
    [InlineData("\"reasoning_effort\":\"minimal\"", """{"type":"enabled","budget_tokens":1024}""", 5120)]
    [InlineData("\"reasoning_effort\":\"medium\"", """{"type":"enabled","budget_tokens":4096}""", 8192)]
    [InlineData("\"reasoning_effort\":\"high\"", """{"type":"enabled","budget_tokens":10240}""", 20480)]
    [InlineData("\"reasoning_effort\":\"high\",\"max_tokens\":40000", """{"type":"enabled","budget_tokens":16384}""", 40000)]
    [InlineData("\"reasoning_effort\":\"high\",\"max_tokens\":4000", """{"type":"enabled","budget_tokens":2000}""", 4000)]
    [InlineData("\"reasoning_effort\":\"none\"", """{"type":"disabled"}""", 4096)]
    [InlineData("\"reasoning_effort\":null", null, 4096)]
    [InlineData("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000},\"reasoning_effort\":\"high\"", """{"type":"enabled","budget_tokens":2000}""", 6096)]
    public async Task Effort_IsABudget_WithinTheTokensOfTheAnswer(string fields, string? thinking, int maxTokens)
    {
        var sent = JsonNode.Parse(await SentAsync(Ask(fields)))!;

        Assert.Equal(thinking, sent["thinking"]?.ToJsonString());
        Assert.Equal(maxTokens, (int)sent["max_tokens"]!);
        Assert.Null(sent["output_config"]);
    }

    [Theory]
    [InlineData("m", "low", "low")]
    [InlineData("m", "minimal", "low")]
    [InlineData("m", "xhigh", "xhigh")]
    [InlineData("m", "max", "max")]
    [InlineData("new", "high", "high")]
    public async Task Effort_IsPassedToModelsThatThinkAdaptively(string model, string effort, string expected)
    {
        await ListAsync();

        var sent = JsonNode.Parse(await SentAsync(Ask($"\"reasoning_effort\":\"{effort}\"," + "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{}}}"), model))!;

        Assert.Equal("""{"type":"adaptive"}""", sent["thinking"]!.ToJsonString());
        Assert.Equal($$$$"""{"effort":"{{{{expected}}}}","format":{"type":"json_schema","schema":{}}}""", sent["output_config"]!.ToJsonString());
    }

    [Theory]
    [InlineData("old")]
    [InlineData("old-20250929")]
    [InlineData("mute")]
    [InlineData("ne")]
    public async Task Effort_IsABudgetForModelsThatDoNot(string model)
    {
        await ListAsync();

        Assert.Equal(
            """{"type":"enabled","budget_tokens":1024}""",
            JsonNode.Parse(await SentAsync(Ask("\"reasoning_effort\":\"low\""), model))!["thinking"]!.ToJsonString());
    }

    [Fact]
    public async Task ConfiguredContextLength_BoundsTheDefault()
    {
        Options.Models["m"] = new ModelOptions { ContextLength = 1000 };
        Start();

        Assert.Equal("1000", await SentFieldAsync("", "max_tokens"));
        Assert.Equal("3000", await SentFieldAsync("\"max_tokens\":3000", "max_tokens"));
    }

    [Theory]
    [InlineData(
        """ "reasoning_content":"ignored","thinking_blocks":[{"type":"thinking","thinking":"a\n","signature":"s1"},{"type":"redacted_thinking","data":"d"},{"type":"thinking","thinking":"","signature":"s2"}] """,
        """{"type":"thinking","thinking":"a\n","signature":"s1"},{"type":"redacted_thinking","data":"d"},{"type":"thinking","thinking":"","signature":"s2"},""")]
    [InlineData(
        """ "reasoning_content":"so 😀","thinking_blocks":[{"index":0,"type":"thinking","signature":"s1"}] """,
        """{"type":"thinking","thinking":"so 😀","signature":"s1"},""")]
    [InlineData(
        """ "thinking_blocks":[{"index":0,"type":"thinking","signature":"s1"},{"index":1,"type":"thinking","signature":"s2"}] """,
        """{"type":"thinking","thinking":"","signature":"s1"},{"type":"thinking","thinking":"","signature":"s2"},""")]
    [InlineData(""" "reasoning_content":"whose?","thinking_blocks":[{"type":"thinking","signature":"s1"},{"type":"thinking","signature":"s2"}] """, "")]
    [InlineData(""" "reasoning_content":"unsigned" """, "")]
    [InlineData(""" "thinking_blocks":[{"type":"thinking","thinking":"unsigned"},7,{"type":"thinking","thinking":"x","signature":""}] """, "")]
    public async Task Thinking_GoesBackWithItsSignature(string fields, string blocks)
    {
        Assert.Equal(
            $$""" "messages":[{"role":"user","content":[{"type":"text","text":"x"}]},{"role":"assistant","content":[{{blocks}}{"type":"text","text":"y"}]}] """.Trim(),
            await SentMessagesAsync($$"""{"role":"user","content":"x"},{"role":"assistant","content":"y",{{fields}}}"""));
    }

    private async Task ListAsync()
    {
        Server.On("/v1/models?limit=1000", Listing);
        Assert.Null((await Provider.ListModelsAsync(CancellationToken.None)).Error);
    }
}

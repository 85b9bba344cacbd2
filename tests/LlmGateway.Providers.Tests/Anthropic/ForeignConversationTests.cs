using System.Text.Json.Nodes;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Tests.Translation;

namespace LlmGateway.Providers.Tests.Anthropic;

public sealed class ForeignConversationTests : AnthropicFixture
{
    [Fact]
    public async Task IdsAndBlanks_BecomeWhatTheApiTakes()
    {
        var sent = JsonNode.Parse(await SentAsync($$"""{"model":"m","messages":[{{ConversationContract.ForeignHistory}}]}"""))!;
        ConversationContract.AssertGood(
            sent["messages"]!.AsArray(), b => (string?)b["type"] == "tool_use" ? (string?)b["id"] : null, b => (string?)b["type"] == "tool_result" ? (string?)b["tool_use_id"] : null);
    }

    [Theory]
    [InlineData(ConversationContract.BadName)]
    [InlineData(ConversationContract.BadSchema)]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"stop":["\n"]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"reasoning_effort":"low","temperature":0.5,"max_tokens":5000}""")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"reasoning_effort":"low","tool_choice":"required","tools":[{"type":"function","function":{"name":"f"}}],"max_tokens":5000}""")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"functions.Bash","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"x"}]}""")]
    public async Task WhatTheApiCannotTake_LeadsToTheNextTarget(string request) => ConversationContract.AssertLeadsOn(await RefusedAsync(request));

    [Fact]
    public async Task ASchema_IsClosedWhereItDoesNotSay()
    {
        const string Schema = """{"type":"object","properties":{"properties":{"type":"array","items":{"type":"object","properties":{"a":{"enum":[{"type":"object"}]}}}},"open":{"type":"object","additionalProperties":{"type":"string"}}},"$defs":{"d":{"type":["object","null"]}}}""";
        var sent = JsonNode.Parse((await SentFieldAsync($$$"""{{{"\"response_format\""}}}:{"type":"json_schema","json_schema":{"name":"n","schema":{{{Schema}}}}}""", "output_config"))!)!;
        Assert.Equal(
            """{"type":"object","properties":{"properties":{"type":"array","items":{"type":"object","properties":{"a":{"enum":[{"type":"object"}]}},"additionalProperties":false}},"open":{"type":"object","additionalProperties":{"type":"string"}}},"$defs":{"d":{"type":["object","null"],"additionalProperties":false}},"additionalProperties":false}""",
            sent["format"]!["schema"]!.ToJsonString(Relaxed));
    }

    /// <summary>SGLang's server counts nothing at the end of what it counted at the beginning.</summary>
    [Fact]
    public async Task ALaterZero_TakesNothingBack()
    {
        var read = await StreamAsync(AskStream(), MessageStart, TextBlock(0, "x"), MessageDelta("end_turn", "\"input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":15"), MessageStop);
        Assert.Equal(new TokenUsage(4320, 15) { CachedTokens = 4000, CacheWriteTokens = 300 }, read.Usage);
    }

    [Fact]
    public async Task WritesForAnHour_AreToldApart()
    {
        Server.Then(Hello.Replace("\"input_tokens\":5", "\"input_tokens\":5,\"cache_creation_input_tokens\":1000,\"cache_creation\":{\"ephemeral_5m_input_tokens\":300,\"ephemeral_1h_input_tokens\":700}", StringComparison.Ordinal));
        await using var answer = await Provider.ChatAsync(Calls.Chat(Ask()));
        Assert.Equal(new TokenUsage(1005, 1) { CacheWriteTokens = 1000, LongCacheWriteTokens = 700 }, Assert.IsType<Core.Pipeline.JsonAnswer>(answer).Usage);
    }
}

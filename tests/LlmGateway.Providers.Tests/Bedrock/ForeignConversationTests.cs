using System.Text.Json.Nodes;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Tests.Translation;

namespace LlmGateway.Providers.Tests.Bedrock;

public sealed class ForeignConversationTests : BedrockFixture
{
    [Fact]
    public async Task IdsAndBlanks_BecomeWhatTheApiTakes()
    {
        var sent = JsonNode.Parse(await SentAsync($$"""{"model":"m","messages":[{{ConversationContract.ForeignHistory}}]}"""))!;
        ConversationContract.AssertGood(sent["messages"]!.AsArray(), b => (string?)b["toolUse"]?["toolUseId"], b => (string?)b["toolResult"]?["toolUseId"]);
    }

    /// <summary>The summary at the end of an agent's run: no tools are offered any more.</summary>
    [Fact]
    public async Task CalledToolsThatAreOfferedNoMore_AreTold()
    {
        var sent = JsonNode.Parse(await SentAsync($$"""{"model":"m","messages":[{{ConversationContract.ForeignHistory}}]}"""))!;
        Assert.Equal(
            """{"tools":[{"toolSpec":{"name":"bash","inputSchema":{"json":{"type":"object"}}}},{"toolSpec":{"name":"read","inputSchema":{"json":{"type":"object"}}}}]}""",
            sent["toolConfig"]!.ToJsonString(Relaxed));
    }

    [Theory]
    [InlineData(ConversationContract.BadName)]
    [InlineData(ConversationContract.BadSchema)]
    public async Task WhatTheApiCannotTake_LeadsToTheNextTarget(string request) => ConversationContract.AssertLeadsOn(await RefusedAsync(request));

    [Fact]
    public async Task WritesForAnHour_AreToldApart()
    {
        Server.Then(Hello.Replace("\"inputTokens\":5", "\"inputTokens\":5,\"cacheWriteInputTokens\":1000,\"cacheDetails\":[{\"inputTokens\":300,\"ttl\":\"5m\"},{\"ttl\":\"1h\",\"inputTokens\":700}]", StringComparison.Ordinal));
        await using var answer = await Provider.ChatAsync(Calls.Chat(Ask(), Model));
        Assert.Equal(new TokenUsage(1005, 1) { CacheWriteTokens = 1000, LongCacheWriteTokens = 700 }, Assert.IsType<Core.Pipeline.JsonAnswer>(answer).Usage);
    }
}

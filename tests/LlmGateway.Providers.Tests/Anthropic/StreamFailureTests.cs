using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Tests.Anthropic;

public sealed class StreamFailureTests : AnthropicFixture
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task StreamWithoutMessageStop_Fails(int events)
    {
        string[] all = [MessageStart, TextBlock(0, "x"), MessageDelta("end_turn")];
        Server.ThenStream(EventStream, [.. all.Take(events)]);

        await using var answer = await Provider.ChatAsync(Calls.Chat(AskStream())).AsTask().WaitAsync(TestTimeouts.Default);
        var read = answer is StreamAnswer stream ? await Calls.ReadAsync(stream) : null;

        Assert.Equal(events > 1, read is not null);
        Assert.Equal(GatewayErrorCode.UpstreamInterrupted, (read?.Error ?? (answer as ErrorAnswer)?.Error)?.Code);
        Assert.Null(read?.FinishReason);
        Assert.DoesNotContain(read?.Chunks ?? [], c => c.Contains("\"finish_reason\":\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("data: not json\n\n")]
    [InlineData("data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"x\n\n")]
    [InlineData("data: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\"x\"}}\n\n")]
    [InlineData("data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"x\"}}\n\n")]
    [InlineData("data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\"}}\n\n")]
    [InlineData("data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":[]}}\n\n")]
    [InlineData("data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{}\"}}\n\n")]
    [InlineData("data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"x\"}}\n\n")]
    [InlineData("data: {\"type\":\"content_block_delta\",\"index\":0}\n\n")]
    [InlineData("data: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n")]
    [InlineData("data: {\"type\":\"content_block_stop\",\"index\":1}\n\n")]
    [InlineData("data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n")]
    [InlineData("data: {\"type\":\"message_start\",\"message\":{}}\n\n")]
    [InlineData("data: {\"type\":\"message_stop\"}\n\n")]
    [InlineData("data: [DONE]\n\n")]
    public async Task EventThatDoesNotFit_FailsTheStream(string bad)
    {
        var open = BlockStart(0, """{"type":"text","text":"x"}""");

        var read = await StreamAsync(AskStream(), MessageStart, open, bad, BlockStop(0), MessageDelta("end_turn"), MessageStop);

        Assert.Equal(StreamState.Failed, read.State);
        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, read.Error?.Code);
        Assert.Null(read.FinishReason);
        Assert.Equal(2, read.Chunks.Count);
    }

    [Theory]
    [InlineData("""{"type":"hologram"}""")]
    [InlineData("""{"type":"server_tool_use","id":"a","name":"web_search","input":{}}""")]
    [InlineData("""{"type":"tool_use","name":"f","input":{}}""")]
    [InlineData("7")]
    public async Task BlockThatCannotBePassedOn_FailsTheStream(string block)
    {
        var read = await StreamAsync(AskStream(), MessageStart, TextBlock(0, "x"), BlockStart(1, block), BlockStop(1), MessageDelta("end_turn"), MessageStop);

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, read.Error?.Code);
    }

    [Theory]
    [InlineData("tired")]
    [InlineData("")]
    public async Task UnknownStopReason_FailsTheStream(string reason)
    {
        var read = await StreamAsync(AskStream(), MessageStart, TextBlock(0, "x"), MessageDelta(reason), MessageStop);

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, read.Error?.Code);
    }

    [Fact]
    public async Task BrokenCharacters_FailTheStream()
    {
        Server.Then(async c =>
        {
            await c.SendHeadAsync(EventStream);
            await c.SendChunkAsync(MessageStart + BlockStart(0, """{"type":"text","text":"x"}"""));
            await c.SendChunkAsync((byte[])[.. "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\""u8, 0xF0, 0x9F, .. "\"}}\n\n"u8]);
            await c.EndAsync();
        });

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, (await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(AskStream())))).Error?.Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BrokenConnection_FailsTheStream(bool reset)
    {
        var proceed = new TaskCompletionSource();
        Server.Then(async c =>
        {
            await c.SendHeadAsync(EventStream);
            await c.SendChunkAsync(MessageStart + TextBlock(0, "x"));
            await proceed.Task;
            await (reset ? c.ResetAsync() : c.CutAsync());
        });

        await using var stream = await Calls.OpenAsync(Provider.ChatAsync(Calls.Chat(AskStream())));
        proceed.SetResult();

        Assert.Equal(GatewayErrorCode.UpstreamInterrupted, (await Calls.ReadAsync(stream)).Error?.Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stall_FailsTheStream_AndEndsTheUpstreamCall(bool beforeTheFirstBlock)
    {
        Options.Timeouts = new ProviderTimeouts { Idle = TimeSpan.FromSeconds(5), FirstToken = TimeSpan.FromSeconds(5) };
        Start();
        var sent = new TaskCompletionSource();
        var left = ThenStall(MessageStart + Ping + (beforeTheFirstBlock ? "" : TextBlock(0, "x")), sent);

        if (beforeTheFirstBlock)
        {
            var answering = RefusedAsync(AskStream());
            await sent.Task.WaitAsync(TestTimeouts.Default);
            Time.Advance(TimeSpan.FromSeconds(5.1));
            Assert.Equal(GatewayErrorCode.UpstreamTimeout, (await answering).Code);
        }
        else
        {
            await AssertStallFailsAsync();
        }

        await left.WaitAsync(TestTimeouts.Default);
    }

    [Fact]
    public async Task ClientThatLeaves_CancelsTheUpstreamCall()
    {
        var left = ThenStall(MessageStart + TextBlock(0, "x"));

        await OpenAndLeaveAsync();
        await left.WaitAsync(TestTimeouts.Default);
    }
}

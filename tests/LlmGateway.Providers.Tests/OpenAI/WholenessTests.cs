using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Tests.OpenAI;

/// <summary>What ends without saying so is no answer, and what has said everything need not end.</summary>
public sealed class WholenessTests : OpenAIFixture
{
    private const string Ask = """{"model":"m","messages":[{"role":"user","content":"x"}]}""";
    private const string AskStream = """{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}""";
    private const string Usage = """data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}""" + "\n\n";

    private static string Chunk(string reason, int index = 0, string content = "The answer is ") =>
        $$"""data: {"choices":[{"index":{{index}},"delta":{"content":"{{content}}"},"finish_reason":{{reason}}}]}""" + "\n\n";

    [Theory]
    [InlineData("\"\"", true)]
    [InlineData("\"\"", false)]
    [InlineData("\" \"", true)]
    [InlineData("\"null\"", false)]
    [InlineData("\"error\"", true)]
    [InlineData("\"abort\"", false)]
    [InlineData("true", false)]
    public async Task AReasonThatTellsNothing_IsNoEnd(string reason, bool marker)
    {
        Server.ThenStream(EventStream, Chunk(reason), marker ? "data: [DONE]\n\n" : "");

        var read = await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(AskStream)));

        Assert.Equal((StreamState.Failed, GatewayErrorCode.UpstreamInterrupted), (read.State, read.Error!.Code));
        Server.Then($$$"""{"choices":[{"index":0,"message":{"content":"The answer is "},"finish_reason":{{{reason}}}}]}""");
        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, (await Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(Ask)))).Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AChoiceThatNeverBegan_IsMissed(bool marker)
    {
        var ask = AskStream.Replace("\"stream\"", "\"n\":2,\"stream\"", StringComparison.Ordinal);
        Server.ThenStream(EventStream, Chunk("\"stop\""), marker ? "data: [DONE]\n\n" : "");
        Assert.Equal(StreamState.Failed, (await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(ask)))).State);

        Server.ThenStream(EventStream, Chunk("\"stop\""), Chunk("\"stop\"", 1), marker ? "data: [DONE]\n\n" : "");
        Assert.Equal(StreamState.Completed, (await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(ask)))).State);
    }

    /// <summary>More choices than there are bits: 100 prompts with 2 answers each.</summary>
    [Fact]
    public async Task OfManyPrompts_EachChoiceMustFinish()
    {
        var ask = $$"""{"model":"m","stream":true,"n":2,"prompt":[{{string.Join(',', Enumerable.Repeat("\"p\"", 100))}}]}""";
        string[] pieces = [.. Enumerable.Range(0, 200).Select(i => $$"""data: {"choices":[{"index":{{i}},"text":"t","finish_reason":{{(i == 130 ? "null" : "\"stop\"")}}}]}""" + "\n\n")];
        Server.ThenStream(EventStream, [.. pieces, "data: [DONE]\n\n"]);
        Assert.Equal(StreamState.Failed, (await Calls.ReadAsync(Provider.CompleteAsync(Calls.Make(Operation.Completion, ask)))).State);

        Server.ThenStream(EventStream, [.. pieces, """data: {"choices":[{"index":130,"text":"","finish_reason":"stop"}]}""" + "\n\n", "data: [DONE]\n\n"]);
        Assert.Equal(StreamState.Completed, (await Calls.ReadAsync(Provider.CompleteAsync(Calls.Make(Operation.Completion, ask)))).State);
    }

    [Theory]
    [InlineData("""{"choices":[{"finish_reason":"length","index":0}],"usage":{"prompt_tokens":8,"total_tokens":108}}""")]
    [InlineData("""{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}""")]
    public async Task AnAnswerWithoutAMessage_IsNone(string body)
    {
        Server.Then(body);
        var error = await Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(Ask)));
        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, error.Code);
        Assert.Contains("without a message", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Once everything has been said, nothing but the end is waited for, and not for long.</summary>
    [Theory]
    [InlineData(true, StreamState.Completed)]
    [InlineData(false, StreamState.Failed)]
    public async Task AStreamThatStaysOpenAfterEverything_IsWhole(bool usage, StreamState state)
    {
        var sent = new TaskCompletionSource();
        Server.Then(async c =>
        {
            await c.SendHeadAsync(EventStream);
            await c.SendChunkAsync(Chunk("\"stop\"") + (usage ? Usage : ""));
            sent.SetResult();
            await c.StallAsync();
        });
        var timeouts = new ProviderTimeouts { Idle = TimeSpan.FromSeconds(30), StreamEnd = TimeSpan.FromSeconds(2) };
        await using var stream = await Calls.OpenAsync(Make(new ProviderOptions { Timeouts = timeouts }).ChatAsync(Calls.Chat(AskStream)));
        Assert.True(stream.TryRead(out _));
        await sent.Task.WaitAsync(TestTimeouts.Default);
        var waiting = Calls.ReadAsync(stream);
        Time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(waiting.IsCompleted);
        for (var waited = 0.0; !waiting.IsCompleted && waited < (usage ? 6 : 40); waited += 0.5)
        {
            await Task.Yield();
            Time.Advance(TimeSpan.FromSeconds(0.5));
        }

        Assert.Equal(state, (await waiting.WaitAsync(TestTimeouts.Default)).State);
    }
}

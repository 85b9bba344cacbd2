using LlmGateway.Core.Errors;
using LlmGateway.Providers.Anthropic;

namespace LlmGateway.Providers.Tests.Http;

/// <summary>Several keys of one provider, used in turn, some of them refused.</summary>
public sealed class CredentialTests : CredentialFixture
{
    [Fact]
    public async Task Keys_AreUsedInTurn()
    {
        var provider = Make("k1", "k2", "k3");
        for (var i = 0; i < 6; i++)
        {
            Server.Then(Answer);
            await OkAsync(provider);
        }

        Assert.Equal(["k1", "k2", "k3", "k1", "k2", "k3"], Keys());
        Assert.Equal(0, Counter.Count);
    }

    [Fact]
    public async Task TheSameKeyTwice_IsOneKey()
    {
        Options.ApiKey = "k1";
        var provider = Make("k1", "k2", "k2");
        Server.Then(Answer).Then(Answer).Then(Answer);
        for (var i = 0; i < 3; i++)
        {
            await OkAsync(provider);
        }

        Assert.Equal(["k1", "k2", "k1"], Keys());
    }

    [Theory]
    [InlineData(401, Ask)]
    [InlineData(402, Ask)]
    [InlineData(403, Ask)]
    [InlineData(401, AskStream)]
    public async Task RefusedKey_IsFollowedByTheNextWithTheSameRequest(int status, string ask)
    {
        var provider = Make("k1", "k2");
        Server.Then("""{"error":{"message":"Incorrect API key provided: k1"}}""", status);
        if (ask == Ask)
        {
            Server.Then(Answer);
            Assert.Equal(Answer, await Calls.DocumentAsync(provider.ChatAsync(Call(ask))));
        }
        else
        {
            Server.ThenStream("text/event-stream", $"data: {Chunk}\n\ndata: [DONE]\n\n");
            Assert.Equal([Chunk], (await Calls.ReadAsync(provider.ChatAsync(Call(ask)))).Chunks);
        }

        Assert.Equal(["k1", "k2"], Keys());
        Assert.Equal(Server.Requests[0].Text, Server.Requests[1].Text);
        Assert.Equal(Server.Requests[0].Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), Server.Requests[1].Header("Content-Length"));
        Assert.Equal(1, Counter.Count);
    }

    [Fact]
    public async Task LargeRequest_IsSentWholeWithEveryKey()
    {
        var text = new string('ü', 1_000_000);
        var provider = Make("k1", "k2", "k3");
        Server.Then("", 401).Then("", 429).Then(Answer);

        await Calls.DocumentAsync(provider.ChatAsync(Call($$"""{"model":"m","messages":[{"role":"user","content":"{{text}}"}]}""", "other")));

        Assert.All(Server.Requests, r => Assert.Equal($$"""{"model":"other","messages":[{"role":"user","content":"{{text}}"}]}""", r.Text));
        Assert.Equal(2, Counter.Count);
    }

    [Fact]
    public async Task RefusedKey_RestsLongerEachTime_AndIsWholeOnceItWorks()
    {
        Options.Credentials.LongestRest = TimeSpan.FromMinutes(3);
        var provider = Make("k1", "k2");
        // :: It rests for 1 minute, then 2, then the most: 3
        foreach (var minutes in (int[])[1, 2, 3, 3])
        {
            await RefuseFirstAsync(provider);
            await RestsForAsync(provider, TimeSpan.FromMinutes(minutes));
        }

        // :: It works and begins anew
        await UsedAsync(provider, "k1");
        await RefuseFirstAsync(provider);
        await RestsForAsync(provider, TimeSpan.FromMinutes(1));

        Assert.Equal(["Provider 'up' refuses key #1 (status 401).", "Provider 'up' takes key #1 again.", "Provider 'up' refuses key #1 (status 401)."], Logs.Lines);
    }

    [Fact]
    public async Task EveryKeyRefused_IsExhausted_AndNobodyIsAskedUntilOneHasRested()
    {
        var provider = Make("k1", "k2");
        Server.Then("", 401).Then("", 402);

        Assert.Equal(GatewayErrorCode.UpstreamCredentialsExhausted, (await ErrorAsync(provider)).Code);
        var asked = Server.Requests.Count;
        var error = await ErrorAsync(provider);
        Assert.Equal((GatewayErrorCode.UpstreamCredentialsExhausted, 502), (error.Code, ErrorMapper.Status(error)));
        Assert.Equal(2, asked);
        Assert.Equal(2, Server.Requests.Count);

        Time.Advance(TimeSpan.FromMinutes(1));
        Server.Then(Answer);
        await OkAsync(provider);
    }

    [Fact]
    public async Task ForbiddenKey_OnlyComesAfterTheOthers()
    {
        var provider = Make("k1", "k2");
        Server.Then("", 403).Then("", 403);
        Assert.Equal(GatewayErrorCode.UpstreamCredentialsExhausted, (await ErrorAsync(provider)).Code);

        // The keys may be good for another model, so they are still tried.
        Server.Then("", 403).Then(Answer).Then(Answer).Then(Answer);
        await OkAsync(provider);
        var good = Keys()[^1];
        await OkAsync(provider);
        await OkAsync(provider);
        Assert.Equal([good, good, good], Keys().TakeLast(3));

        Time.Advance(TimeSpan.FromSeconds(5));
        Server.Then(Answer).Then(Answer);
        await OkAsync(provider);
        await OkAsync(provider);
        Assert.Equal(["k1", "k2"], Keys().TakeLast(2).Order());
    }

    [Fact]
    public async Task OtherErrors_AreNotTriedAgain()
    {
        var provider = Make("k1", "k2");
        Server.Then("", 400).Then("", 500).Then("", 503);

        Assert.Equal(GatewayErrorCode.UpstreamRejected, (await ErrorAsync(provider)).Code);
        Assert.Equal(GatewayErrorCode.UpstreamError, (await ErrorAsync(provider)).Code);
        Assert.Equal(GatewayErrorCode.UpstreamUnavailable, (await ErrorAsync(provider)).Code);
        Assert.Equal(0, Counter.Count);
    }

    [Fact]
    public async Task OneKey_IsAskedWithEveryTime()
    {
        var provider = Make("k1");
        Server.Then("", 401).Then("", 429).Then("", 403).Then(Answer);

        Assert.Equal(GatewayErrorCode.UpstreamCredentialsExhausted, (await ErrorAsync(provider)).Code);
        var limited = await ErrorAsync(provider);
        Assert.Equal((GatewayErrorCode.UpstreamRateLimited, null), (limited.Code, limited.RetryAfter));
        Assert.Equal(GatewayErrorCode.UpstreamCredentialsExhausted, (await ErrorAsync(provider)).Code);
        await OkAsync(provider);
    }

    [Fact]
    public async Task NoKey_IsRejected()
    {
        Server.Then("", 401);
        Assert.Equal(GatewayErrorCode.UpstreamCredentials, (await ErrorAsync(Make())).Code);
    }

    [Fact]
    public async Task AnthropicKeys_AreUsedInTurnToo()
    {
        Options.ApiKeys.AddRange(["a1", "a2", "a3"]);
        Options.BaseUrl = Server.BaseUrl;
        var provider = new AnthropicProviderFactory(Time, Logs).Create("up", Options);
        Server.Then("""{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}""", 401)
            .Then("""{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}""", 400)
            .Then("""{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn","usage":{"input_tokens":5,"output_tokens":1}}""");

        await Calls.DocumentAsync(provider.ChatAsync(Call(Ask)));

        Assert.Equal(["a1", "a2", "a3"], Server.Requests.Select(r => r.Header("x-api-key")));
        Assert.Single(Server.Requests.Select(r => r.Text).Distinct());
        Assert.Equal(2, Counter.Count);
    }

    [Fact]
    public async Task FirstToken_IsAwaitedFromTheBeginningOfTheCall()
    {
        Options.Timeouts.FirstToken = TimeSpan.FromSeconds(30);
        Options.Timeouts.Idle = TimeSpan.FromSeconds(5);
        var provider = Make("k1", "k2");
        Server.Then("", 401).Then(c => c.StallAsync());

        var answering = ErrorAsync(provider, AskStream);
        await Server.ArrivedAsync();
        await Server.ArrivedAsync();
        Time.Advance(TimeSpan.FromSeconds(20));
        Assert.False(answering.IsCompleted);
        Time.Advance(TimeSpan.FromSeconds(10));

        var error = await answering;
        Assert.Equal(GatewayErrorCode.UpstreamTimeout, error.Code);
        Assert.Contains("no first token within 30 s", error.Message, StringComparison.Ordinal);
    }
}

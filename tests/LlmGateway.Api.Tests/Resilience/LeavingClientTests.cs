using System.Globalization;
using LlmGateway.Core.Errors;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Api.Tests.Resilience;

/// <summary>A client that leaves ends everything that was done for it, wherever that stands.</summary>
public sealed class LeavingClientTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DuringTheWaitForARetry_NoFurtherCallIsMade(bool stream)
    {
        await using var providers = await FaultyProviders.StartAsync(1, ("Routing:MaxRetryWait", "00:10:00"));
        providers.With(0, "status;code=429;retry=300");
        await using var connection = await PostAsync(providers, stream);
        await Eventually.IsTrueAsync(() => providers.State(0).RemainingCoolDown > TimeSpan.Zero, "the provider asks for a pause");
        connection.Reset();
        var (request, outcome) = await providers.SettledAsync();
        Assert.Equal((GatewayErrorCode.ClientClosedRequest, 1), (outcome.Error?.Code, request.Attempts));
        Assert.Equal([1], providers.Calls());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task InTheQueueOfATarget_ThePlaceInItIsGivenUp(bool stream)
    {
        await using var providers = await FaultyProviders.StartAsync(1, ("Providers:up:MaxConcurrency", "1"), ("Routing:Admission:MaxQueueWait", "00:10:00"));
        providers.With(0, "stall");
        await using var first = await PostAsync(providers, stream);
        await Eventually.IsTrueAsync(() => providers.Calls()[0] == 1, "the first call");
        await using var second = await PostAsync(providers, stream);
        await Eventually.IsTrueAsync(() => providers.State(0).Waiting == 1, "the second request waits");
        second.Reset();
        await Eventually.IsTrueAsync(() => providers.Ended.Count == 1, "the second request is settled");
        Assert.Equal((0, 1), (providers.Ended[0].Request.Attempts, providers.State(0).Running));
        await Eventually.IsTrueAsync(() => providers.State(0).Waiting == 0, "nobody waits");

        first.Reset();
        await providers.SettledAsync(2);
        Assert.Equal(RequestOutcome.ClientAborted, Assert.Single(providers.Chats(0)).Outcome);
        Assert.Equal(0, providers.State(0).Running);

        // The place is there again.
        Assert.Equal(200, (await providers.With(0, "").AskAsync(stream)).Status);
    }

    [Theory]
    [InlineData("hold")]
    [InlineData("buffered")]
    public async Task WhileAStreamIsHeld_TheUpstreamCallEnds(string mode)
    {
        await using var providers = await FaultyProviders.StartAsync(2, ("Routing:HoldTime", "00:10:00"));
        providers.With(0, "stall;after=3");
        await using var connection = await PostAsync(providers, stream: true, mode);
        await Eventually.IsTrueAsync(() => providers.Chats(0) is [{ ChunksSent: 3 }], "the beginning of the stream");
        connection.Reset();
        await AbortedAsync(providers);
    }

    [Fact]
    public async Task AfterTheHold_TheUpstreamCallEnds()
    {
        await using var providers = await FaultyProviders.StartAsync(2, ("Routing:HoldTime", "00:00:00.05"));
        providers.With(0, "stall;after=3");
        await using var connection = await PostAsync(providers, stream: true, "hold");
        await connection.WaitForAsync("data: ");
        connection.Reset();
        await AbortedAsync(providers);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DuringASecondCall_ThatCallEnds(bool stream)
    {
        await using var providers = await FaultyProviders.StartAsync(2);
        providers.With(0, "status;code=503").With(1, "stall");
        await using var connection = await PostAsync(providers, stream);
        await Eventually.IsTrueAsync(() => providers.Calls()[1] == 1, "the second call");
        connection.Reset();
        var (request, outcome) = await providers.SettledAsync();
        Assert.Equal((GatewayErrorCode.ClientClosedRequest, 2, "second"), (outcome.Error?.Code, request.Attempts, request.Provider));
        Assert.Equal(RequestOutcome.ClientAborted, Assert.Single(providers.Chats(1)).Outcome);
        Assert.Equal([1, 1], providers.Calls());
    }

    [Fact]
    public async Task ManyClientsThatLeaveHeldStreams_LeaveNothingBehind()
    {
        await using var providers = await FaultyProviders.StartAsync(1, ("Routing:HoldTime", "00:00:00.02"));
        providers.With(0, "timing;tps=50");
        await Task.WhenAll(Enumerable.Range(0, 30).Select(async i =>
        {
            var buffered = i % 3 == 0;
            var marker = string.Create(CultureInfo.InvariantCulture, $"<{i}>");
            await using var connection = await PostAsync(providers, stream: true, buffered ? "buffered" : "hold", "!words 100000", $"\"user\":\"{marker}\"");
            await (buffered
                ? Eventually.IsTrueAsync(() => Array.Exists(providers.Chats(0), c => c.Body.Contains(marker, StringComparison.Ordinal)), "the call")
                : connection.WaitForAsync("data: "));
            connection.Reset();
        }));
        await providers.SettledAsync(30);
        Assert.All(providers.Ended, e => Assert.Equal(GatewayErrorCode.ClientClosedRequest, e.Outcome.Error?.Code));
        await Eventually.IsTrueAsync(() => providers.State(0).Running == 0, "every place is given back");
        Assert.Equal(200, (await providers.With(0, "").AskAsync(stream: true, mode: "hold")).Status);
    }

    private static async Task AbortedAsync(FaultyProviders providers)
    {
        var (request, outcome) = await providers.SettledAsync();
        Assert.Equal((GatewayErrorCode.ClientClosedRequest, 1), (outcome.Error?.Code, request.Attempts));
        Assert.Equal(RequestOutcome.ClientAborted, Assert.Single(providers.Chats(0)).Outcome);
        Assert.Equal([1, 0], providers.Calls());
        await Eventually.IsTrueAsync(() => providers.State(0).Running == 0, "the place is given back");
    }

    private static async Task<RawConnection> PostAsync(FaultyProviders providers, bool stream, string mode = "passthrough", string prompt = "!echo one two three four five", string members = "")
    {
        var connection = await providers.Gateway.ConnectAsync();
        await connection.PostAsync(
            Json.ChatPath, stream ? Json.ChatStream(prompt, members: members) : Json.Chat(prompt, members: members), $"x-llm-gateway-stream-mode: {mode}\r\n");
        return connection;
    }
}

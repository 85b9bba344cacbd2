using System.Globalization;
using System.Net;
using LlmGateway.Core.Resilience;

namespace LlmGateway.Api.Tests.Resilience;

/// <summary>One caller alone can neither take a provider from another, nor starve it, nor use up what there is for both.</summary>
public sealed class TwoKeysTests
{
    private const string Other = "sk-other-0123456789abcdef";
    private const string OtherKey = "Authentication:Keys:other:Key";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ACircuitThatOneKeyOpened_IsOpenForThatKeyAlone(bool stream)
    {
        await using var providers = await FaultyProviders.StartAsync(
            1, (OtherKey, Other), ("Routing:CircuitBreaker:MinimumThroughput", "4"), ("Routing:CircuitBreaker:BreakDuration", "00:30:00"), ("Routing:CircuitBreaker:SamplingDuration", "00:30:00"));
        using var other = providers.Gateway.NewClient(Other);
        providers.With(0, "status;code=500");
        for (var i = 0; i < 3; i++)
        {
            Assert.NotEqual(200, (await providers.AskAsync(stream)).Status);
        }

        providers.With(0, "");
        var before = providers.Calls()[0];
        (await providers.AskAsync(stream)).IsError(503, "upstream_unavailable", 0);
        Assert.Equal(before, providers.Calls()[0]);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(other, stream));

        // What the other saw shows that the provider is well only to the other.
        Assert.Equal(CircuitPosition.Open, providers.State(0).Circuit);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(other, stream));
    }

    [Fact]
    public async Task ACircuitThatTwoKeysSawFail_IsOpenForAll()
    {
        await using var providers = await FaultyProviders.StartAsync(
            1, (OtherKey, Other), ("Authentication:Keys:third:Key", "sk-third-0123456789abcdef"), ("Routing:CircuitBreaker:MinimumThroughput", "4"),
            ("Routing:CircuitBreaker:BreakDuration", "00:30:00"), ("Routing:CircuitBreaker:SamplingDuration", "00:30:00"));
        using var other = providers.Gateway.NewClient(Other);
        using var third = providers.Gateway.NewClient("sk-third-0123456789abcdef");
        providers.With(0, "status;code=500");
        await AskAsync(other, stream: false);
        await providers.AskAsync(stream: false);
        await providers.AskAsync(stream: false);
        await AskAsync(other, stream: false);
        await Eventually.IsTrueAsync(() => providers.State(0).Circuit == CircuitPosition.Open, "the circuit opens");
        providers.With(0, "");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync(third, stream: false));
    }

    [Fact]
    public async Task RetriesThatOneKeyUsedUp_AreThereForTheOther()
    {
        await using var providers = await FaultyProviders.StartAsync(
            1, (OtherKey, Other), ("Routing:CircuitBreaker:MinimumThroughput", "1000"), ("Routing:RetryBudget", "0"));
        using var other = providers.Gateway.NewClient(Other);
        providers.With(0, "status;code=500");
        string? last = null;
        for (var i = 0; i < 12; i++)
        {
            last = (await providers.AskAsync(stream: false)).Header("x-llm-gateway-attempts");
        }

        Assert.Equal("1", last);
        using var answer = await other.PostAsync(Json.ChatPath, Json.Content(Json.Chat("!echo x")));
        Assert.Equal(["2"], answer.Headers.GetValues("x-llm-gateway-attempts"));
    }

    [Fact]
    public async Task ACrowdOfOneKey_DoesNotKeepTheOtherFromItsTurn()
    {
        await using var providers = await FaultyProviders.StartAsync(
            1, (OtherKey, Other), ("Providers:up:MaxConcurrency", "1"), ("Routing:Admission:MaxQueueWait", "00:10:00"), ("Routing:Admission:MaxQueueLength", "20"));
        using var other = providers.Gateway.NewClient(Other);
        providers.With(0, "stall");
        await using var first = await PostAsync(providers, "!echo first");
        await Eventually.IsTrueAsync(() => providers.Calls()[0] == 1, "the first call");
        var crowd = Enumerable.Range(0, 20).Select(i => providers.AskAsync(stream: false, $"!echo crowd-{i}")).ToArray();
        await Eventually.IsTrueAsync(() => providers.State(0).Waiting == 20, "the queue is full");

        // There is a place in the queue for the other even so, and its turn comes at once.
        var late = AskAsync(other, stream: false, "!echo late");
        await Eventually.IsTrueAsync(() => crowd.Any(t => t.IsCompleted), "one of the crowd gives way");
        providers.With(0, "");
        first.Reset();
        Assert.Equal(HttpStatusCode.OK, await late);
        var answers = await Task.WhenAll(crowd);
        Assert.Equal((19, 1), (answers.Count(a => a.Status == 200), answers.Count(a => a.Status == 503)));
        var order = providers.Chats(0).Select(c => c.Body.Contains("late", StringComparison.Ordinal)).ToList();
        Assert.InRange(order.IndexOf(true), 1, 2);
    }

    [Fact]
    public async Task BodiesThatOneKeyHolds_LeaveRoomForTheOther()
    {
        const int held = 256 * 1024;
        await using var providers = await FaultyProviders.StartAsync(
            1, (OtherKey, Other), ("Server:MaxBufferedRequestBytes", held.ToString(CultureInfo.InvariantCulture)));
        using var other = providers.Gateway.NewClient(Other);
        var connections = new List<RawConnection>();
        try
        {
            // Uploads of one key that never end, more of them than it may hold.
            for (var i = 0; i < 4; i++)
            {
                var connection = await providers.Gateway.ConnectAsync();
                connections.Add(connection);
                await connection.SendAsync(connection.Head("POST", Json.ChatPath, "Content-Type: application/json\r\nContent-Length: 100000\r\n") + new string(' ', 60_000));
            }

            await Eventually.IsTrueAsync(async () => (await providers.AskAsync(stream: false, new string('x', 60_000))).Status == 503, "the key's share is used up");
            Assert.Equal(HttpStatusCode.OK, await AskAsync(other, stream: false, new string('x', 60_000)));
        }
        finally
        {
            foreach (var connection in connections)
            {
                await connection.DisposeAsync();
            }
        }

        await Eventually.IsTrueAsync(async () => (await providers.AskAsync(stream: false, new string('x', 60_000))).Status == 200, "the room is given back");
    }

    private static async Task<HttpStatusCode> AskAsync(HttpClient client, bool stream, string prompt = "!echo x")
    {
        using var answer = await client.PostAsync(Json.ChatPath, Json.Content(stream ? Json.ChatStream(prompt) : Json.Chat(prompt)));
        await answer.Content.ReadAsByteArrayAsync();
        return answer.StatusCode;
    }

    private static async Task<RawConnection> PostAsync(FaultyProviders providers, string prompt)
    {
        var connection = await providers.Gateway.ConnectAsync();
        await connection.PostAsync(Json.ChatPath, Json.Chat(prompt));
        return connection;
    }
}

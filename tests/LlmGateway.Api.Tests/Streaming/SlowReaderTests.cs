using LlmGateway.Simulator.Wire;

namespace LlmGateway.Api.Tests.Streaming;

public class SlowReaderTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    /// <summary>300,000 words are some 60 MB of chunks; what a stalled reader may hold is what sockets and buffers hold.</summary>
    [Fact]
    public async Task AClientThatReadsSlowly_HoldsTheUpstreamBackAndNoMemory()
    {
        const string marker = "slow-reader-marker";
        await using var connection = await RawConnection.OpenAsync(fixture.Gateway.BaseAddress, receiveBuffer: 4096);
        await connection.PostAsync(Json.ChatPath, Json.ChatStream("!words 300000", members: $"\"user\":\"{marker}\""));
        await connection.WaitForAsync("data: ");
        var request = Assert.Single(fixture.Simulator.Requests, r => r.Body.Contains(marker, StringComparison.Ordinal));

        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        for (var last = -1; request.ChunksSent != last;)
        {
            last = request.ChunksSent;
            await timer.WaitForNextTickAsync(TestTimeouts.Token());
        }

        Assert.Equal(RequestOutcome.Active, request.Outcome);
        Assert.InRange(request.ChunksSent, 1, 150_000);

        // Others are served meanwhile.
        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("!echo not blocked")));
        Assert.Equal("not blocked", Json.ContentOf(await response.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task AClientThatReadsInSmallPieces_GetsEverything()
    {
        await using var connection = await RawConnection.OpenAsync(fixture.Gateway.BaseAddress, receiveBuffer: 2048);
        await connection.PostAsync(Json.ChatPath, Json.ChatStream("!words 800"));
        var response = await connection.ReadAsync();
        Assert.True(response.IsComplete);
        var sse = SseText.Parse(response.Body);
        Assert.True(sse.IsDone);
        Assert.Equal(800, sse.Content().Split(' ').Length);
    }
}

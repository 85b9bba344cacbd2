using System.Diagnostics;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Api.Tests.Streaming;

/// <summary>A client that leaves takes its upstream call with it, wherever that stands.</summary>
public class ClientAbortTests(ClientAbortTests.AbortFixture fixture) : IClassFixture<ClientAbortTests.AbortFixture>
{
    /// <summary>Longer than a busy machine needs, much shorter than any upstream answer here would last.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(10);

    public sealed class AbortFixture : GatewayFixture
    {
        protected override (string Name, string? Value)[] Settings =>
        [
            ("Providers:up:Models:paced:UpstreamName", "sim-fast+timing-tps-20"),
            ("Providers:up:Models:never:UpstreamName", "sim-fast+slow-first-ms-600000"),
            ("Providers:up:Models:headless:UpstreamName", "sim-fast+stall"),
            ("Providers:up:Models:flood:UpstreamName", "sim-fast"),
        ];
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DuringAStream_TheUpstreamCallEnds(bool reset)
    {
        var marker = Marker();
        var connection = await fixture.Gateway.ConnectAsync();
        await connection.PostAsync(Json.ChatPath, Json.ChatStream("!words 100000", "paced", $"\"user\":\"{marker}\""));
        await connection.WaitForAsync("data: ");
        await LeaveAsync(connection, reset);
        await AssertAbortedAsync(marker);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task BeforeTheFirstToken_TheUpstreamCallEnds(bool reset, bool stream)
    {
        var marker = Marker();
        var connection = await fixture.Gateway.ConnectAsync();
        await connection.PostAsync(Json.ChatPath, stream ? Json.ChatStream(marker, "never") : Json.Chat(marker, "never"));
        await UpstreamRequestAsync(marker);
        await LeaveAsync(connection, reset);
        await AssertAbortedAsync(marker);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BeforeTheHead_TheUpstreamCallEnds(bool stream)
    {
        var marker = Marker();
        var connection = await fixture.Gateway.ConnectAsync();
        await connection.PostAsync(Json.ChatPath, stream ? Json.ChatStream(marker, "headless") : Json.Chat(marker, "headless"));
        await UpstreamRequestAsync(marker);
        await LeaveAsync(connection, reset: true);
        await AssertAbortedAsync(marker);
    }

    /// <summary>The gateway then waits for the client and not for the provider; the upstream must not run on all the same.</summary>
    [Fact]
    public async Task WhileTheClientDoesNotRead_TheUpstreamCallEnds()
    {
        var marker = Marker();
        await using var connection = await RawConnection.OpenAsync(fixture.Gateway.BaseAddress, receiveBuffer: 4096);
        await connection.PostAsync(Json.ChatPath, Json.ChatStream("!words 300000", "flood", $"\"user\":\"{marker}\""));
        var request = await UpstreamRequestAsync(marker);
        await SettledAsync(() => request.ChunksSent);
        Assert.Equal(RequestOutcome.Active, request.Outcome);
        connection.Reset();
        await AssertAbortedAsync(marker);
    }

    [Fact]
    public async Task ManyClientsThatLeave_LeaveNothingBehind()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            var connection = await fixture.Gateway.ConnectAsync();
            await connection.PostAsync(Json.ChatPath, Json.ChatStream("!words 100000", "paced"));
            if (i % 2 == 0)
            {
                await connection.WaitForAsync("data: ");
            }

            await LeaveAsync(connection, reset: i % 3 == 0);
        }));
        await fixture.QuietAsync();
        Assert.Equal(0, fixture.Simulator.Stats.Total.Active);
        Assert.Empty(fixture.Gateway.Errors);
    }

    private static string Marker() => "marker-" + Guid.NewGuid().ToString("N");

    private static async Task LeaveAsync(RawConnection connection, bool reset)
    {
        if (reset)
        {
            connection.Reset();
        }

        await connection.DisposeAsync();
    }

    private async Task AssertAbortedAsync(string marker)
    {
        var watch = Stopwatch.StartNew();
        var request = await UpstreamRequestAsync(marker);
        while (request.Outcome == RequestOutcome.Active)
        {
            Assert.True(watch.Elapsed < AtOnce, "the upstream call goes on");
            await Task.Yield();
        }

        // A provider that is drained instead of left would notice only after SocketsHttpHandler's two seconds.
        Assert.Equal(RequestOutcome.ClientAborted, request.Outcome);
        await fixture.QuietAsync();
        Assert.Empty(fixture.Gateway.Errors);
    }

    private async Task<RecordedRequest> UpstreamRequestAsync(string marker)
    {
        var end = TestTimeouts.Token();
        while (true)
        {
            if (fixture.Simulator.Requests.FirstOrDefault(r => r.Body.Contains(marker, StringComparison.Ordinal)) is { } request)
            {
                return request;
            }

            end.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Waits until a number has stopped growing.</summary>
    private static async Task SettledAsync(Func<int> number)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        for (var last = -1; number() != last || last <= 0;)
        {
            last = number();
            await timer.WaitForNextTickAsync(TestTimeouts.Token());
        }
    }
}

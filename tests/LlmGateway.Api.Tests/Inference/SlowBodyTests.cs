using System.Diagnostics;
using System.Net.Sockets;

namespace LlmGateway.Api.Tests.Inference;

/// <summary>Clients that send slowly or not at all.</summary>
public class SlowBodyTests(ImpatientFixture fixture) : IClassFixture<ImpatientFixture>
{
    [Theory]
    [InlineData("Content-Length: 1000\r\n", "")]
    [InlineData("Content-Length: 1000\r\n", "{\"model\":")]
    [InlineData("Transfer-Encoding: chunked\r\n", "")]
    [InlineData("Transfer-Encoding: chunked\r\n", "5\r\n{\"mod")]
    public async Task AStalledBody_IsCutOff(string framing, string sent)
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        await connection.SendAsync(connection.Head("POST", Json.ChatPath, "Content-Type: application/json\r\n" + framing) + sent);
        var watch = Stopwatch.StartNew();
        ErrorAssert.Is(await connection.ReadAsync(), 408, "request_timeout");
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(15));
    }

    /// <summary>The server lingers for some seconds first, so that a client which still sends finds the answer and no reset.</summary>
    [Fact]
    public async Task AfterABodyThatWasCutOff_TheConnectionIsClosed()
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        await connection.SendAsync(connection.Head("POST", Json.ChatPath, "Content-Type: application/json\r\nContent-Length: 1000\r\n") + "{");
        Assert.Equal("close", (await connection.ReadAsync())["Connection"]);
        Assert.True(await connection.IsClosedAsync());
    }

    [Fact]
    public async Task ABodyThatTrickles_IsCutOffThoughItNeverStalls()
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        await connection.SendAsync(connection.Head("POST", Json.ChatPath, "Content-Type: application/json\r\nContent-Length: 100000\r\n"));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var response = connection.ReadAsync();
        while (!response.IsCompleted && await timer.WaitForNextTickAsync(TestTimeouts.Token()))
        {
            try
            {
                await connection.SendAsync(" ");
            }
            catch (SocketException)
            {
                break;
            }
        }

        ErrorAssert.Is(await response, 408, "request_timeout");
    }

    [Fact]
    public async Task ACutOffBody_LeavesTheGatewayAsItWas()
    {
        await using (var connection = await fixture.Gateway.ConnectAsync())
        {
            await connection.SendAsync(connection.Head("POST", Json.ChatPath, "Content-Type: application/json\r\nContent-Length: 9\r\n"));
            Assert.Equal(408, (await connection.ReadAsync()).Status);
        }

        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("!echo alive")));
        Assert.Equal("alive", Json.ContentOf(await response.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task AClientThatLeavesInItsBody_IsForgotten()
    {
        for (var i = 0; i < 100; i++)
        {
            await using var connection = await fixture.Gateway.ConnectAsync();
            await connection.SendAsync(connection.Head("POST", Json.ChatPath, "Content-Type: application/json\r\nContent-Length: 100\r\n") + "{\"model\"");
            connection.Reset();
        }

        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("!echo alive")));
        Assert.Equal("alive", Json.ContentOf(await response.Content.ReadAsStringAsync()));
        Assert.True(fixture.Gateway.Errors.Count == 0, string.Join('\n', fixture.Gateway.Errors));
    }
}

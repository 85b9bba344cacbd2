using System.Globalization;

namespace LlmGateway.Api.Tests.Inference;

/// <summary>Bodies that are too large, too slow or too many.</summary>
public class BodyLimitTests(BodyLimitTests.SmallFixture fixture) : IClassFixture<BodyLimitTests.SmallFixture>
{
    private const int MaxBody = 64 * 1024;
    private const int MaxHeld = 256 * 1024;

    public sealed class SmallFixture : GatewayFixture
    {
        protected override (string Name, string? Value)[] Settings =>
        [
            ("Server:MaxRequestBodyBytes", MaxBody.ToString(CultureInfo.InvariantCulture)),
            ("Server:MaxBufferedRequestBytes", MaxHeld.ToString(CultureInfo.InvariantCulture)),
        ];
    }

    [Fact]
    public async Task ABodyOfExactlyTheLimit_IsAccepted()
    {
        var json = Json.Chat("!echo x");
        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(json + new string(' ', MaxBody - json.Length)));
        Assert.Equal("x", Json.ContentOf(await response.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task AnAnnouncedBodyThatIsTooLarge_IsRefusedBeforeItIsSent()
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        await connection.SendAsync(connection.Head("POST", Json.ChatPath, "Content-Type: application/json\r\nContent-Length: 20971520\r\n"));
        ErrorAssert.Is(await connection.ReadAsync(), 413, "request_too_large");
    }

    [Fact]
    public async Task AChunkedBodyThatIsTooLarge_IsRefused()
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        await connection.SendAsync(connection.Head("POST", Json.ChatPath, "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"));
        await connection.SendAsync($"{MaxBody + 1:x}\r\n{new string(' ', MaxBody + 1)}\r\n0\r\n\r\n");
        ErrorAssert.Is(await connection.ReadAsync(), 413, "request_too_large");
    }

    /// <summary>A client that reads only when it has sent everything, as curl does, must find the answer and not a reset.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AClientThatKeepsSending_StillGetsTheAnswer(bool chunked)
    {
        const int size = 20 * 1024 * 1024;
        await using var connection = await fixture.Gateway.ConnectAsync();
        await connection.SendAsync(connection.Head("POST", Json.ChatPath, "Content-Type: application/json\r\n"
            + (chunked ? "Transfer-Encoding: chunked\r\n" : $"Content-Length: {size}\r\n")) + (chunked ? $"{size:x}\r\n" : ""));
        await connection.SendAsMuchAsPossibleAsync(size);
        var response = await connection.ReadAsync();
        ErrorAssert.Is(response, 413, "request_too_large");

        await using var next = await fixture.Gateway.ConnectAsync();
        await next.PostAsync(Json.ChatPath, Json.Chat("!echo next"));
        Assert.Equal("next", Json.ContentOf((await next.ReadAsync()).Body));
    }

    [Fact]
    public async Task HttpClient_GetsTheAnswerToAnUploadThatIsTooLarge()
    {
        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(new string(' ', 20 * 1024 * 1024)));
        await ErrorAssert.IsAsync(response, 413, "request_too_large");
    }

    [Fact]
    public async Task AClientThatAsksFirst_IsToldToGoOn()
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        var body = Json.Chat("!echo went on");
        await connection.SendAsync(connection.Head("POST", Json.ChatPath, $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\nExpect: 100-continue\r\n"));
        Assert.Equal(100, (await connection.ReadAsync()).Status);
        await connection.SendAsync(body);
        Assert.Equal("went on", Json.ContentOf((await connection.ReadAsync()).Body));
    }

    [Fact]
    public async Task AClientThatAsksFirst_IsRefusedAtOnceWhenTheBodyIsTooLarge()
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        await connection.SendAsync(connection.Head("POST", Json.ChatPath, $"Content-Type: application/json\r\nContent-Length: {MaxBody + 1}\r\nExpect: 100-continue\r\n"));
        ErrorAssert.Is(await connection.ReadAsync(), 413, "request_too_large");
    }

    [Fact]
    public async Task ABodyThatComesByteByByte_IsReadWhole()
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        var body = System.Text.Encoding.UTF8.GetBytes(Json.Chat("!echo ünï😀"));
        await connection.SendAsync(connection.Head("POST", Json.ChatPath, $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n"));
        foreach (var b in body)
        {
            await connection.SendAsync((byte[])[b]);
        }

        Assert.Equal("ünï😀", Json.ContentOf((await connection.ReadAsync()).Body));
    }

    [Fact]
    public async Task BodiesTogether_HoldBoundedMemory_AndGiveItBack()
    {
        const int partial = 60_000;
        var stalled = new List<RawConnection>();
        try
        {
            // Two stalled uploads leave no room for a third. One that was answered, because bodies of another test were still held, holds
            // nothing and is begun anew.
            var limit = TestTimeouts.Token();
            RawResponse refused;
            do
            {
                limit.ThrowIfCancellationRequested();
                stalled.RemoveAll(c => c.Socket.Available > 0);
                while (stalled.Count < 2)
                {
                    var connection = await fixture.Gateway.ConnectAsync();
                    stalled.Add(connection);
                    await connection.SendAsync(connection.Head("POST", Json.ChatPath, $"Content-Type: application/json\r\nContent-Length: {MaxBody}\r\n") + new string(' ', partial));
                }

                await using var third = await fixture.Gateway.ConnectAsync();
                var body = Json.Chat("!echo third") + new string(' ', partial);
                await third.PostAsync(Json.ChatPath, body);
                refused = await third.ReadAsync();
            }
            while (refused.Status == 200);
            ErrorAssert.Is(refused, 503, "overloaded");
            Assert.Equal("1", refused["Retry-After"]);

            // What is small still fits.
            using var small = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("!echo small")));
            Assert.Equal("small", Json.ContentOf(await small.Content.ReadAsStringAsync()));
        }
        finally
        {
            stalled.ForEach(c => c.Reset());
        }

        var end = TestTimeouts.Token();
        while (true)
        {
            using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("!echo again") + new string(' ', partial)), end);
            if (response.IsSuccessStatusCode)
            {
                break;
            }
        }
    }
}

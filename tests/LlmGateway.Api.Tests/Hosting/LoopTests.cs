using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace LlmGateway.Api.Tests.Hosting;

/// <summary>A provider that is the gateway itself, or a gateway that leads back to it.</summary>
public class LoopTests
{
    [Fact]
    public async Task AGatewayThatIsItsOwnProvider_RefusesTheCircle_AfterOneTurn()
    {
        var port = FreePort();
        await using var gateway = await TestGateway.StartAsync(
            $"http://127.0.0.1:{port}/v1",
            ("Providers:up:Discover", "false"), ("Providers:up:Models:x:UpstreamName", "x"), ("Providers:up:ApiKey", TestGateway.Key),
            ("Kestrel:Endpoints:Http:Url", $"http://127.0.0.1:{port}"));
        using var client = gateway.NewClient(TestGateway.Key);
        using var response = await client.PostAsync(
            $"http://127.0.0.1:{port}/v1/chat/completions", JsonContent.Create(new { model = "x", messages = new[] { new { role = "user", content = "Hello" } } }));

        Assert.Equal(508, (int)response.StatusCode);
        Assert.Equal("loop_detected", JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetProperty("code").GetString());
        await Eventually.IsTrueAsync(() => gateway.Errors.Any(e => e.Contains("is this gateway itself", StringComparison.Ordinal)), "the log says so at start");
    }

    [Fact]
    public async Task OtherGatewaysInFront_AreNoCircle_UnlessThereAreTooMany()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:9/v1");
        Assert.Equal(HttpStatusCode.OK, await AskAsync("1.1 proxy.example, 1.1 llm-gateway-0011223344556677"));
        Assert.Equal(508, (int)await AskAsync(string.Join(", ", Enumerable.Range(0, 8).Select(i => $"1.1 llm-gateway-{i:d16}"))));

        async Task<HttpStatusCode> AskAsync(string via)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
            request.Headers.TryAddWithoutValidation("Via", via);
            using var response = await gateway.Client.SendAsync(request);
            return response.StatusCode;
        }
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

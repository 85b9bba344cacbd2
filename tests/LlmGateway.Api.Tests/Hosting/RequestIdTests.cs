namespace LlmGateway.Api.Tests.Hosting;

public class RequestIdTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Longest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("my-id_1.2:3")]
    [InlineData("a")]
    [InlineData(Longest)]
    public async Task AUsableId_IsTakenOver(string id) => Assert.Equal(id, await AskAsync($"x-request-id: {id}\r\n"));

    [Theory]
    [InlineData("")]
    [InlineData("x-request-id: \r\n")]
    [InlineData("x-request-id: has space\r\n")]
    [InlineData("x-request-id: a%0d%0aSet-Cookie:x=1\r\n")]
    [InlineData("x-request-id: <script>\r\n")]
    [InlineData("x-request-id: é\r\n")]
    [InlineData("x-request-id: \u0001\r\n")]
    [InlineData("x-request-id: a\r\nx-request-id: b\r\n")]
    [InlineData("x-request-id: " + Longest + "x\r\n")]
    public async Task AnUnusableId_IsReplaced(string header) => Assert.Matches("^req_[0-9a-f]{32}$", await AskAsync(header));

    [Fact]
    public async Task EveryRequest_HasAnIdOfItsOwn()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => AskAsync("")));
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Theory]
    [InlineData("GET", "/health")]
    [InlineData("GET", "/v1/models")]
    [InlineData("GET", "/nowhere")]
    [InlineData("PUT", "/v1/models")]
    public async Task EveryAnswer_CarriesTheId(string method, string path) => Assert.Equal("id-1", await AskAsync("x-request-id: id-1\r\n", method, path));

    private async Task<string?> AskAsync(string header, string method = "GET", string path = "/v1/models")
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        await connection.SendAsync(System.Text.Encoding.Latin1.GetBytes(connection.Head(method, path, header + "Content-Length: 0\r\n")));
        var response = await connection.ReadAsync();
        Assert.Single(response.Headers, h => h.Name.Equals("x-request-id", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(response.Headers, h => h.Name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase));
        return response["x-request-id"];
    }
}

using System.Security.Cryptography;
using System.Text;

namespace LlmGateway.Api.Tests.Authentication;

public class ApiKeyTests(ApiKeyTests.KeysFixture fixture) : IClassFixture<ApiKeyTests.KeysFixture>
{
    private const string HashedKey = "sk-hashed-0123456789";

    public sealed class KeysFixture : GatewayFixture
    {
        protected override (string Name, string? Value)[] Settings =>
        [
            ("Authentication:Keys:hashed:Sha256", Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(HashedKey)))),
        ];
    }

    [Theory]
    [InlineData("", "missing_api_key")]
    [InlineData("Authorization: \r\n", "missing_api_key")]
    [InlineData("Authorization:    \r\n", "missing_api_key")]
    [InlineData("Authorization: Bearer\r\n", "invalid_api_key")]
    [InlineData("Authorization: Bearer \r\n", "invalid_api_key")]
    [InlineData("Authorization: Bearer wrong\r\n", "invalid_api_key")]
    [InlineData("Authorization: Bearer SK-TEST-0123456789ABCDEF\r\n", "invalid_api_key")]
    [InlineData("Authorization: Bearer sk-test-0123456789abcde\r\n", "invalid_api_key")]
    [InlineData("Authorization: Bearer sk-test-0123456789abcdef sk-test-0123456789abcdef\r\n", "invalid_api_key")]
    [InlineData("Authorization: Basic c2stdGVzdC0wMTIzNDU2Nzg5YWJjZGVm\r\n", "invalid_api_key")]
    [InlineData("Authorization: sk-test-0123456789abcdef\r\n", "invalid_api_key")]
    [InlineData("Authorization: Bearer sk-test-0123456789abcdef\r\nAuthorization: Bearer sk-test-0123456789abcdef\r\n", "invalid_api_key")]
    [InlineData("Authorization: Bearer k\u00e9y-\u00ff\r\n", "invalid_api_key")]
    [InlineData("x-api-key: sk-test-0123456789abcdef\r\n", "missing_api_key")]
    public async Task WithoutAGoodKey_NothingIsAnswered(string header, string code)
    {
        foreach (var path in new[] { Json.ChatPath, Json.CompletionPath, Json.EmbeddingPath, "/v1/models", "/v1/models/sim-fast" })
        {
            await using var connection = await fixture.Gateway.ConnectAsync();
            var isGet = path.StartsWith("/v1/models", StringComparison.Ordinal);
            var body = isGet ? "" : Json.Chat("!echo secret");
            var head = connection.Head(isGet ? "GET" : "POST", path, $"{header}Content-Type: application/json\r\nContent-Length: {body.Length}\r\n", key: null);
            await connection.SendAsync((byte[])[.. Encoding.Latin1.GetBytes(head), .. Encoding.UTF8.GetBytes(body)]);
            var response = await connection.ReadAsync();
            ErrorAssert.Is(response, 401, code);
            Assert.Equal("Bearer", response["WWW-Authenticate"]);

            await connection.PostAsync(Json.ChatPath, Json.Chat("!echo next"));
            Assert.Equal("next", Json.ContentOf((await connection.ReadAsync()).Body));
        }
    }

    [Theory]
    [InlineData(600)]
    [InlineData(6000)]
    public async Task AnEndlessKey_IsWrong(int length)
    {
        using var client = fixture.Gateway.NewClient(new string('k', length));
        using var response = await client.GetAsync("/v1/models");
        await ErrorAssert.IsAsync(response, 401, "invalid_api_key");
    }

    [Theory]
    [InlineData("bearer " + TestGateway.Key)]
    [InlineData("BEARER   " + TestGateway.Key + "  ")]
    [InlineData("Bearer " + HashedKey)]
    public async Task AGoodKey_IsAccepted(string header)
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        await connection.SendAsync(connection.Head("GET", "/v1/models", $"Authorization: {header}\r\n", key: null));
        Assert.Equal(200, (await connection.ReadAsync()).Status);
    }

    [Fact]
    public async Task ARequestWithoutAKey_ReachesNoProvider()
    {
        using var client = fixture.Gateway.NewClient(null);
        using var response = await client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("never to be seen upstream")));
        await ErrorAssert.IsAsync(response, 401, "missing_api_key");
        Assert.DoesNotContain(fixture.Simulator.Requests, r => r.Body.Contains("never to be seen upstream", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnUploadWithoutAKey_IsRefusedAndNotKept(bool chunked)
    {
        const int size = 20 * 1024 * 1024;
        await using var connection = await fixture.Gateway.ConnectAsync();
        await connection.SendAsync(connection.Head("POST", Json.ChatPath, "Content-Type: application/json\r\n"
            + (chunked ? "Transfer-Encoding: chunked\r\n" : $"Content-Length: {size}\r\n"), key: null) + (chunked ? $"{size:x}\r\n" : ""));
        await connection.SendAsMuchAsPossibleAsync(size);
        ErrorAssert.Is(await connection.ReadAsync(), 401, "missing_api_key");
    }

    [Fact]
    public async Task TheClientsKey_StaysHere()
    {
        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("!echo who calls")));
        response.EnsureSuccessStatusCode();
        var request = Assert.Single(fixture.Simulator.Requests, r => r.Body.Contains("who calls", StringComparison.Ordinal));
        Assert.DoesNotContain(request.Headers.Values, v => v.Contains(TestGateway.Key, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/alive")]
    [InlineData("/docs")]
    [InlineData("/openapi.json")]
    public async Task ProbesAndDocumentation_AreOpen(string path)
    {
        using var client = fixture.Gateway.NewClient(null);
        using var response = await client.GetAsync(path);
        Assert.True(response.IsSuccessStatusCode);
    }
}

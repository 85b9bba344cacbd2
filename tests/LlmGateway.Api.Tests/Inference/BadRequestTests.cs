using System.Globalization;
using System.Text;

namespace LlmGateway.Api.Tests.Inference;

/// <summary>Whatever is wrong with a request, the answer is an error object, and the connection goes on.</summary>
public class BadRequestTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string User = """[{"role":"user","content":"hi"}]""";

    [Theory]
    [InlineData(Json.ChatPath, "", 400, "invalid_json", null)]
    [InlineData(Json.ChatPath, "{", 400, "invalid_json", null)]
    [InlineData(Json.ChatPath, "<html>", 400, "invalid_json", null)]
    [InlineData(Json.ChatPath, "[]", 400, "invalid_type", null)]
    [InlineData(Json.ChatPath, "{}", 400, "missing_required_parameter", "model")]
    [InlineData(Json.ChatPath, $$"""{"messages":{{User}}}""", 400, "missing_required_parameter", "model")]
    [InlineData(Json.ChatPath, $$"""{"model":"nobody-has-this","messages":{{User}}}""", 404, "model_not_found", "model")]
    [InlineData(Json.ChatPath, $$"""{"model":"../../etc/passwd\u0000","messages":{{User}}}""", 404, "model_not_found", "model")]
    [InlineData(Json.ChatPath, """{"model":"sim-fast","messages":[]}""", 400, "empty_array", "messages")]
    [InlineData(Json.ChatPath, """{"model":"sim-fast","messages":"hi"}""", 400, "invalid_type", "messages")]
    [InlineData(Json.ChatPath, $$"""{"model":"sim-fast","messages":{{User}},"temperature":3}""", 400, "decimal_above_max_value", "temperature")]
    [InlineData(Json.ChatPath, $$"""{"model":"sim-fast","messages":{{User}},"max_tokens":"ten"}""", 400, "invalid_type", "max_tokens")]
    [InlineData(Json.ChatPath, $$"""{"model":"sim-fast","messages":{{User}},"stream":"yes"}""", 400, "invalid_type", "stream")]
    [InlineData(Json.ChatPath, $$"""{"model":"sim-fast","model":"sim-paced","messages":{{User}}}""", 400, "duplicate_parameter", "model")]
    [InlineData(Json.ChatPath, """{"model":"sim-fast","messages":[{"role":"user","content":"\ud83d"}]}""", 400, "invalid_json", null)]
    [InlineData(Json.CompletionPath, """{"model":"sim-fast"}""", 400, "missing_required_parameter", "prompt")]
    [InlineData(Json.CompletionPath, """{"model":"sim-fast","prompt":"x","n":0}""", 400, "integer_below_min_value", "n")]
    [InlineData(Json.EmbeddingPath, """{"model":"sim-embed"}""", 400, "missing_required_parameter", "input")]
    [InlineData(Json.EmbeddingPath, """{"model":"sim-embed","input":[]}""", 400, "empty_array", "input")]
    [InlineData(Json.EmbeddingPath, """{"model":"sim-embed","input":"x","encoding_format":"hex"}""", 400, "invalid_value", "encoding_format")]
    public async Task ABadBody_IsExplained_AndTheNextRequestOnTheConnectionWorks(string path, string body, int status, string code, string? param)
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        await connection.PostAsync(path, body);
        ErrorAssert.Is(await connection.ReadAsync(), status, code, param);
        await AssertWorksAsync(connection);
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    public async Task JsonThatIsTooDeep_IsRefused(string open, string close)
    {
        var deep = string.Concat(Enumerable.Repeat(open, 5000)) + "1" + string.Concat(Enumerable.Repeat(close, 5000));
        using var response = await fixture.Client.PostAsync(Json.ChatPath, Json.Content(Json.Chat("hi", members: $"\"x\":{deep}")));
        await ErrorAssert.IsAsync(response, 400, "json_too_deep");
    }

    [Fact]
    public async Task InvalidUtf8_IsRefused()
    {
        byte[] body = [.. "{\"model\":\"sim-fast\",\"messages\":[{\"role\":\"user\",\"content\":\""u8, 0xC3, 0x28, .. "\"}]}"u8];
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        using var response = await fixture.Client.PostAsync(Json.ChatPath, content);
        await ErrorAssert.IsAsync(response, 400, "invalid_json");
    }

    [Fact]
    public async Task AByteOrderMark_IsForgiven()
    {
        var content = new ByteArrayContent([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Json.Chat("!echo bom"))]);
        content.Headers.ContentType = new("application/json");
        using var response = await fixture.Client.PostAsync(Json.ChatPath, content);
        Assert.Equal("bom", Json.ContentOf(await response.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Content-Type: text/plain\r\n")]
    [InlineData("Content-Type: application/x-www-form-urlencoded\r\n")]
    [InlineData("Content-Type: application/json; charset=utf-16\r\n")]
    [InlineData("Content-Type: application/json; charset=iso-8859-1\r\n")]
    [InlineData("Content-Type: jsonish\r\n")]
    [InlineData("Content-Type: ;;;\r\n")]
    [InlineData("Content-Type: application/json\r\nContent-Type: text/plain\r\n")]
    public async Task AnotherContentType_IsRefused_AndTheNextRequestOnTheConnectionWorks(string header)
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        var body = Json.Chat("hi");
        await connection.SendAsync(connection.Head("POST", Json.ChatPath, $"{header}Content-Length: {body.Length}\r\n") + body);
        ErrorAssert.Is(await connection.ReadAsync(), 415, "unsupported_content_type");
        await AssertWorksAsync(connection);
    }

    [Theory]
    [InlineData("application/json;charset=UTF-8")]
    [InlineData("APPLICATION/JSON; charset=\"utf-8\"")]
    [InlineData("application/vnd.vendor+json")]
    [InlineData("application/json; profile=x")]
    public async Task EveryKindOfUtf8Json_IsAccepted(string type)
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        var body = Json.Chat("!echo typed");
        await connection.SendAsync(connection.Head("POST", Json.ChatPath, $"Content-Type: {type}\r\nContent-Length: {body.Length}\r\n") + body);
        Assert.Equal("typed", Json.ContentOf((await connection.ReadAsync()).Body));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("identity, gzip")]
    public async Task ACompressedBody_IsRefused(string encoding)
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        await connection.PostAsync(Json.ChatPath, Json.Chat("hi"), $"Content-Encoding: {encoding}\r\n");
        ErrorAssert.Is(await connection.ReadAsync(), 415, "unsupported_content_encoding");
        await AssertWorksAsync(connection);
    }

    [Theory]
    [InlineData("GET", Json.ChatPath, "POST")]
    [InlineData("PUT", Json.EmbeddingPath, "POST")]
    [InlineData("DELETE", Json.CompletionPath, "POST")]
    [InlineData("OPTIONS", Json.ChatPath, "POST")]
    [InlineData("BREW", Json.ChatPath, "POST")]
    [InlineData("POST", "/v1/models", "GET")]
    [InlineData("DELETE", "/v1/models/sim-fast", "GET")]
    [InlineData("POST", "/health", "GET")]
    public async Task AnotherMethod_IsRefusedWithTheRightOne(string method, string path, string allowed)
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        await connection.SendAsync(connection.Head(method, path, "Content-Length: 2\r\n") + "{}");
        var response = await connection.ReadAsync();
        ErrorAssert.Is(response, 405, "method_not_supported");
        Assert.Equal(allowed, response["Allow"]);
        await AssertWorksAsync(connection);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/v1")]
    [InlineData("/v1/chat")]
    [InlineData("/v1/chat/completions/x")]
    [InlineData("/v2/chat/completions")]
    [InlineData("/v1/responses?x=<script>")]
    [InlineData("/v1/%22%3Cimg%3E%0d%0aX-Injected:%201")]
    [InlineData("/%f0%9f%98%80/%ff")]
    [InlineData("/v1/chat/../../etc/passwd")]
    public async Task AnUnknownRoute_IsNotFound(string path)
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        await connection.SendAsync(connection.Head("POST", path, "Content-Type: application/json\r\nContent-Length: 2\r\n") + "{}");
        var response = await connection.ReadAsync();
        ErrorAssert.Is(response, 404, "unknown_url");
        Assert.Null(response["X-Injected"]);
        await AssertWorksAsync(connection);
    }

    [Fact]
    public async Task AnUnknownRoute_AskedWithHead_HasTheHeadersOfItsError()
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        await connection.SendAsync(connection.Head("HEAD", "/v1/nothing"));
        var response = await connection.ReadAsync(isHead: true);
        Assert.Equal((404, "application/json"), (response.Status, response["Content-Type"]));
        await AssertWorksAsync(connection);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TooManyHeaders_AreRefused_HoweverTheyAreNamed(bool sameName)
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        var headers = string.Concat(Enumerable.Range(0, 101).Select(i => string.Create(CultureInfo.InvariantCulture, $"x-h{(sameName ? 0 : i)}: {i}\r\n")));
        await connection.PostAsync(Json.ChatPath, Json.Chat("hi"), headers);
        ErrorAssert.Is(await connection.ReadAsync(), 431, "request_headers_too_large");
        await AssertWorksAsync(connection);
    }

    [Theory]
    [InlineData("zz\r\n{}\r\n0\r\n\r\n")]
    [InlineData("2\r\n{}xx0\r\n\r\n")]
    [InlineData("-1\r\n{}\r\n0\r\n\r\n")]
    public async Task BrokenChunkedCoding_IsExplained(string body)
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        await connection.SendAsync(connection.Head("POST", Json.ChatPath, "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n") + body);
        ErrorAssert.Is(await connection.ReadAsync(), 400, "malformed_request");
    }

    [Fact]
    public async Task RequestsInOneWrite_AreAnsweredInTheirOrder()
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        var bodies = Enumerable.Range(0, 5).Select(i => Json.Chat($"!echo pipelined {i}")).ToArray();
        await connection.SendAsync(string.Concat(bodies.Select(b =>
            connection.Head("POST", Json.ChatPath, $"Content-Type: application/json\r\nContent-Length: {b.Length}\r\n") + b)));
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal($"pipelined {i}", Json.ContentOf((await connection.ReadAsync()).Body));
        }
    }

    private static async Task AssertWorksAsync(RawConnection connection)
    {
        await connection.PostAsync(Json.ChatPath, Json.Chat("!echo still fine"));
        var response = await connection.ReadAsync();
        Assert.Equal(200, response.Status);
        Assert.Equal("still fine", Json.ContentOf(response.Body));
    }
}

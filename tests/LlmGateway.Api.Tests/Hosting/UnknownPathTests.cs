using System.Net;
using System.Net.Http.Headers;

namespace LlmGateway.Api.Tests.Hosting;

/// <summary>Who is lost is shown the way.</summary>
public class UnknownPathTests
{
    [Fact]
    public async Task ABrowserAtTheRoot_IsSentToTheDocumentation_AndAProgramIsNot()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:9/v1");
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = gateway.BaseAddress };
        using var program = await client.GetAsync("/");
        Assert.Equal(HttpStatusCode.NotFound, program.StatusCode);
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        using var browser = await client.GetAsync("/");
        Assert.Equal((HttpStatusCode.Redirect, "/docs"), (browser.StatusCode, browser.Headers.Location?.ToString()));
    }

    [Theory]
    [InlineData("/chat/completions", "Did you mean /v1/chat/completions?")]
    [InlineData("/v1/v1/chat/completions", "Did you mean /v1/chat/completions?")]
    [InlineData("/openai/v1/embeddings", "Did you mean /v1/embeddings?")]
    [InlineData("/v1/responses", "/v1/responses is not offered.")]
    [InlineData("/v1/nothing", "Unknown request URL: POST /v1/nothing. GET /docs")]
    public async Task AnUnknownPath_IsAnsweredWithWhatWasMeant(string path, string expected)
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:9/v1");
        using var response = await gateway.Client.PostAsync(path, new StringContent("{}"));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains(expected, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_IsReadinessToo()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:9/v1");
        await gateway.ReadyAsync();
        using var client = gateway.NewClient(null);
        using var response = await client.GetAsync("/ready");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("\"checks\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AProblem_IsWrittenAsPeopleReadIt()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:9/v1");
        using var response = await gateway.Client.PostAsync("/query", new StringContent("""{"question":"?"}""", System.Text.Encoding.UTF8, "application/json"));
        var text = await response.Content.ReadAsStringAsync();
        Assert.Contains("'question'", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\\u0027", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAliasThatLeadsNowhere_SaysSo()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:9/v1", ("Aliases:fast", "ollama/nope"));
        using var response = await gateway.Client.PostAsync(
            "/v1/chat/completions", new StringContent("""{"model":"fast","messages":[{"role":"user","content":"hi"}]}""", System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("'fast' is an alias for 'ollama/nope', which no provider serves.", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}

using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlmGateway.Api.Tests.Docs;

public sealed partial class ReaderPageTests(DocsHost host) : IClassFixture<DocsHost>
{
    [Theory]
    [InlineData("/docs", "text/html")]
    [InlineData("/openapi.json", "application/json")]
    public async Task Documents_NeedNoKey_AndAskCachesToRevalidate(string url, string mediaType)
    {
        using var response = await host.Anonymous.GetAsync(new Uri(url, UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(mediaType, response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("no-cache", response.Headers.CacheControl!.ToString());
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.NotEmpty(response.Headers.GetValues("x-request-id"));

        using var again = new HttpRequestMessage(HttpMethod.Get, url);
        again.Headers.IfNoneMatch.Add(response.Headers.ETag!);
        using var unchanged = await host.Anonymous.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        Assert.Equal(response.Headers.ETag, unchanged.Headers.ETag);
        Assert.Empty(await unchanged.Content.ReadAsByteArrayAsync());

        using var stale = new HttpRequestMessage(HttpMethod.Get, url);
        stale.Headers.TryAddWithoutValidation("If-None-Match", "\"another\"");
        using var changed = await host.Anonymous.SendAsync(stale);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
    }

    [Theory]
    [InlineData("/docs")]
    [InlineData("/openapi.json")]
    public async Task Head_HasTheHeadersOfGet_AndNoBody(string url)
    {
        using var get = await host.Anonymous.GetAsync(new Uri(url, UriKind.Relative));
        using var head = await host.Anonymous.SendAsync(new HttpRequestMessage(HttpMethod.Head, url));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(get.Headers.ETag, head.Headers.ETag);
        Assert.Equal((await get.Content.ReadAsByteArrayAsync()).Length, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task OtherMethods_AreRefusedWithAnErrorDocument()
    {
        using var response = await host.Authorized.PostAsync(new Uri("/docs", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        using var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal("method_not_supported", error.RootElement.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Policy_AllowsThePagesOwnScriptAndStyle_AndNothingElse()
    {
        var (html, policy) = await LoadAsync();
        var script = Assert.Single(Between(html, "<script>", "</script>"));
        var style = Assert.Single(Between(html, "<style>", "</style>"));
        Assert.Equal(
            $"default-src 'none'; script-src '{Hash(script)}'; style-src '{Hash(style)}'; connect-src 'self'; img-src data:; base-uri 'none'; "
                + "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
            policy);
    }

    [Fact]
    public async Task Page_AsksForNothingFromElsewhere()
    {
        var (html, _) = await LoadAsync();
        // Outside of the document it shows, the page names no address but the SVG namespace and the one that snippets are written with.
        var own = Regex.Replace(html, "<script type=\"application/json\"[^>]*>.*?</script>", "", RegexOptions.Singleline);
        var addresses = Address().Matches(own).Select(m => m.Value).Distinct();
        Assert.Subset(new HashSet<string> { "http://www.w3.org/2000/svg", "http://localhost:8080" }, addresses.ToHashSet());
        Assert.DoesNotContain("@import", own, StringComparison.Ordinal);
        Assert.DoesNotMatch("<(script|img|iframe|link)[^>]*\\s(src|href)=\"(?!data:)", own);
        Assert.DoesNotMatch("\\s(style|on[a-z]+)=\"", own);
        Assert.DoesNotContain("innerHTML", own, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_KeepsNoKey()
    {
        var (html, _) = await LoadAsync();
        Assert.DoesNotMatch("localStorage|sessionStorage|indexedDB|document\\.cookie", html);
    }

    [Fact]
    public async Task Page_HoldsTheDocumentThatIsServed()
    {
        var (html, _) = await LoadAsync();
        var held = Assert.Single(Between(html, "<script type=\"application/json\" id=\"openapi\">", "</script>"));
        Assert.Equal(await host.Anonymous.GetStringAsync(new Uri("/openapi.json", UriKind.Relative)), held);
    }

    [Theory]
    [InlineData("""data: {"choices":[{"delta":{"content":"Grüße "}}]}\n\ndata: {"choices":[{"delta":{"content":"🌍"},"finish_reason":"stop"}]}\n\n: keep-alive\n\ndata: [DONE]\n\n""", "Grüße 🌍", true, null)]
    [InlineData("""data: {"choices":[{"delta":{"content":"cut"}}]}\n\n""", "cut", false, null)]
    [InlineData("""data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: {"error":{"message":"gone","code":"upstream_interrupted"}}\n\n""", "a", false, "upstream_interrupted")]
    [InlineData("""data: {"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}]}\r\n\r\ndata: [DONE]\r\n\r\n""", "f {}", true, null)]
    public async Task Page_TellsAWholeStreamFromABrokenOne(string stream, string text, bool whole, string? code)
    {
        // Byte by byte, so that events and characters are split at every possible place.
        var script = $$"""
            {{Repository.Read("LlmGateway.Api/Docs/Reader/stream.js")}}
            const bytes = new TextEncoder().encode({{JsonSerializer.Serialize(Regex.Unescape(stream))}});
            const body = new ReadableStream({ start(c) { for (const b of bytes) c.enqueue(Uint8Array.of(b)); c.close(); } });
            let seen = "";
            follow(body, { raw() {}, chunk(piece) { seen += piece; } }).then(end => console.log(JSON.stringify({ seen, whole: end.whole, code: end.error?.code ?? null })));
            """;
        using var result = JsonDocument.Parse(await NodeAsync(script));
        Assert.Equal(text, result.RootElement.GetProperty("seen").GetString());
        Assert.Equal(whole, result.RootElement.GetProperty("whole").GetBoolean());
        Assert.Equal(code, result.RootElement.GetProperty("code").GetString());
    }

    private async Task<(string Html, string Policy)> LoadAsync()
    {
        using var response = await host.Anonymous.GetAsync(new Uri("/docs", UriKind.Relative));
        return (await response.Content.ReadAsStringAsync(), response.Headers.GetValues("Content-Security-Policy").Single());
    }

    private static IEnumerable<string> Between(string text, string start, string end) =>
        text.Split(start).Skip(1).Select(rest => rest[..rest.IndexOf(end, StringComparison.Ordinal)]);

    private static string Hash(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static async Task<string> NodeAsync(string script)
    {
        using var node = Process.Start(new ProcessStartInfo("node", "-") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        await node.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(script));
        node.StandardInput.Close();
        var output = node.StandardOutput.ReadToEndAsync();
        var errors = await node.StandardError.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, errors);
        return await output;
    }

    [GeneratedRegex("https?://[A-Za-z0-9.:/_-]+")]
    private static partial Regex Address();
}

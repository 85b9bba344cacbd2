using System.Net;
using System.Text.Json;
using LlmGateway.TestSupport;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;

namespace LlmGateway.Api.Tests.Docs;

/// <summary>The document and the running gateway say the same.</summary>
public sealed class OpenApiRoutesTests(DocsHost host) : IClassFixture<DocsHost>
{
    [Fact]
    public void EveryRoute_IsDocumented_AndEveryDocumentedOperationIsRouted()
    {
        var routed = host.Routes.SelectMany(Methods).Select(r => $"{r.Method} {r.Path}").Order(StringComparer.Ordinal);
        var documented = OpenApi.Operations.Select(o => $"{o.Method.ToUpperInvariant()} {o.Path}").Order(StringComparer.Ordinal);
        Assert.Equal(routed, documented);
    }

    [Fact]
    public void OperationsThatNeedNoKey_AreDocumentedAsOpen_AndNoOthers()
    {
        var open = host.Routes.Where(r => r.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            .SelectMany(Methods).Select(r => $"{r.Method} {r.Path}").Order(StringComparer.Ordinal);
        var documented = OpenApi.Operations.Where(o => o.Operation.TryGetProperty("security", out var security) && security.GetArrayLength() == 0)
            .Select(o => $"{o.Method.ToUpperInvariant()} {o.Path}").Order(StringComparer.Ordinal);
        Assert.Equal(open, documented);
        Assert.All(OpenApi.Operations, o => Assert.NotEqual(
            o.Operation.TryGetProperty("security", out _), o.Operation.GetProperty("responses").TryGetProperty("401", out _)));
    }

    [Theory]
    [InlineData("getHealth", "/health")]
    [InlineData("getLiveness", "/health/live")]
    [InlineData("getReadiness", "/health/ready")]
    [InlineData("getAlive", "/alive")]
    [InlineData("listModels", "/v1/models")]
    [InlineData("getModel", "/v1/models/some-model")]
    [InlineData("getFleet", "/admin/fleet")]
    [InlineData("listCircuits", "/admin/circuits")]
    [InlineData("listProviders", "/providers")]
    [InlineData("getWebhookSecret", "/v1/webhooks/secret")]
    [InlineData("getDetailedHealth", "/health/detailed")]
    [InlineData("getOpenApi", "/openapi.json")]
    public async Task Answer_FitsItsSchema_AndHasTheDocumentedHeaders(string operation, string url)
    {
        using var response = await host.Authorized.GetAsync(new Uri(url, UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await AssertDocumentedAsync(operation, response);
    }

    [Theory]
    [InlineData("listModels", "GET", "/v1/models", null, false, 401)]
    [InlineData("getModel", "GET", "/v1/models/no-such-model", null, true, 404)]
    [InlineData("createChatCompletion", "POST", "/v1/chat/completions", "{", true, 400)]
    [InlineData("createChatCompletion", "POST", "/v1/chat/completions", """{"model":"nope","messages":[{"role":"user","content":"x"}]}""", true, 404)]
    [InlineData("createChatCompletion", "POST", "/v1/chat/completions", """{"model":"some-model","messages":[{"role":"user","content":"x"}]}""", true, 503)]
    [InlineData("createEmbeddings", "POST", "/v1/embeddings", """{"model":"some-model","input":"x"}""", true, 503)]
    public async Task Error_FitsItsSchema_AndItsCodeIsDocumentedForItsStatus(string operation, string method, string url, string? body, bool withKey, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), url);
        request.Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var response = await (withKey ? host.Authorized : host.Anonymous).SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
        var error = (await AssertDocumentedAsync(operation, response)).GetProperty("error");
        Assert.Contains((status, error.GetProperty("code").GetString()!, error.GetProperty("type").GetString()!), OpenApi.ErrorCodes());
    }

    [Theory]
    [InlineData("explainRoute", "/admin/routing/explain", """{"model":"some-model","messages":[{"role":"user","content":"x"}]}""", true, 200)]
    [InlineData("explainRoute", "/admin/routing/explain", """{"model":"nope","messages":[{"role":"user","content":"x"}]}""", true, 404)]
    [InlineData("resetCircuits", "/admin/circuits/reset", "{}", true, 200)]
    [InlineData("query", "/query", "{}", true, 400)]
    [InlineData("query", "/query", """{"prompt":"x"}""", false, 401)]
    [InlineData("query", "/query", """{"prompt":"x","model":"nope"}""", true, 404)]
    [InlineData("streamQuery", "/stream", """{"prompt":"x","model":"some-model"}""", true, 503)]
    [InlineData("embedTexts", "/embeddings", """{"text":"x","model":"some-model"}""", true, 503)]
    public async Task PostedAnswer_FitsItsSchema(string operation, string url, string body, bool withKey, int status)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var response = await (withKey ? host.Authorized : host.Anonymous).PostAsync(new Uri(url, UriKind.Relative), content);
        Assert.Equal(status, (int)response.StatusCode);
        await AssertDocumentedAsync(operation, response);
    }

    private static async Task<JsonElement> AssertDocumentedAsync(string operation, HttpResponseMessage response)
    {
        var status = ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var documented = OpenApi.Resolve(OpenApi.Operation(operation).GetProperty("responses").GetProperty(status));
        // A provider's retry advice is passed on only where it gave some.
        var headers = documented.GetProperty("headers").EnumerateObject().Select(h => h.Name).Where(h => h != "Retry-After");
        Assert.All(headers, h => Assert.True(response.Headers.Contains(h), $"{operation} {status} lacks {h}."));

        var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        var content = documented.GetProperty("content").GetProperty(response.Content.Headers.ContentType!.MediaType!);
        Assert.Empty(JsonSchemaValidator.Validate(OpenApi.Document, content.GetProperty("schema"), document));
        return document;
    }

    private static IEnumerable<(string Method, string Path)> Methods(RouteEndpoint route) =>
        from method in route.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
        select (method, route.RoutePattern.RawText!.Replace("{**", "{", StringComparison.Ordinal));
}

using Microsoft.AspNetCore.Authorization;

namespace LlmGateway.Api.Docs;

/// <summary>
/// <c>/openapi.json</c> and <c>/docs</c>, its reader. Open to anybody: they hold no secret, and a browser cannot send a key with a
/// page load.
/// </summary>
internal static class DocsApi
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static void MapDocs(this IEndpointRouteBuilder routes)
    {
        // Made when first asked for: most processes never are.
        var openApi = new Lazy<string>(static () => OpenApiDocument.Build().ToJsonString());
        var document = new Lazy<StaticDocument>(() => new StaticDocument(openApi.Value, "application/json"));
        var page = new Lazy<StaticDocument>(() => Page(openApi.Value));
        routes.MapMethods("/openapi.json", Methods, context => document.Value.WriteAsync(context)).WithMetadata(new AllowAnonymousAttribute());
        routes.MapMethods("/docs", Methods, context => page.Value.WriteAsync(context)).WithMetadata(new AllowAnonymousAttribute());
    }

    private static StaticDocument Page(string openApi)
    {
        var (html, policy) = ReaderPage.Build(openApi);
        return new StaticDocument(
            html, "text/html; charset=utf-8",
            new("Content-Security-Policy", policy),
            new("Referrer-Policy", "no-referrer"),
            new("Cross-Origin-Opener-Policy", "same-origin"));
    }
}

using System.Text;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Ollama;

internal static class OllamaRoutes
{
    private static readonly string[] Reads = ["GET", "HEAD"];

    private static readonly HashSet<string> Paths = new(StringComparer.Ordinal)
    {
        "/api/version", "/api/tags", "/api/ps", "/api/show", "/api/copy", "/api/delete", "/api/pull", "/api/chat", "/api/generate", "/api/embed", "/api/embeddings",
    };

    public static void MapOllama(this IEndpointRouteBuilder endpoints, ExchangeFactory factory)
    {
        var dialect = OllamaDialect.Instance;
        endpoints.MapMethods("/", Reads, (RequestDelegate)(http => TextAsync(http, 200, "Ollama is running")));
        endpoints.MapMethods("/api/version", Reads, factory.Handle(dialect, CatalogEndpoints.VersionAsync));
        endpoints.MapMethods("/api/tags", Reads, factory.Handle(dialect, CatalogEndpoints.TagsAsync));
        endpoints.MapGet("/api/ps", factory.Handle(dialect, CatalogEndpoints.RunningAsync));
        endpoints.MapPost("/api/show", factory.Handle(dialect, CatalogEndpoints.ShowAsync));
        endpoints.MapPost("/api/copy", factory.Handle(dialect, CatalogEndpoints.CopyAsync));
        endpoints.MapDelete("/api/delete", factory.Handle(dialect, CatalogEndpoints.DeleteAsync));
        endpoints.MapPost("/api/pull", factory.Handle(dialect, PullEndpoint.HandleAsync));
        endpoints.MapPost("/api/chat", factory.Handle(dialect, ChatEndpoint.HandleAsync));
        endpoints.MapPost("/api/generate", factory.Handle(dialect, GenerateEndpoint.HandleAsync));
        endpoints.MapPost("/api/embed", factory.Handle(dialect, EmbedEndpoint.HandleAsync));
        endpoints.MapPost("/api/embeddings", factory.Handle(dialect, EmbedEndpoint.HandleOldAsync));
        // As the router behind Ollama's server answers.
        endpoints.MapFallback("/api/{**rest}", (RequestDelegate)(http => Paths.Contains(http.Request.Path.Value!)
            ? TextAsync(http, 405, "405 method not allowed")
            : TextAsync(http, 404, "404 page not found")));
    }

    private static async Task TextAsync(HttpContext http, int status, string text)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.ContentLength = text.Length;
        if (!HttpMethods.IsHead(http.Request.Method)) await http.Response.BodyWriter.WriteAsync(Encoding.ASCII.GetBytes(text), http.RequestAborted);
    }
}

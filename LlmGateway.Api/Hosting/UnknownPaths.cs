namespace LlmGateway.Api.Hosting;

/// <summary>What people mean by paths that there are not.</summary>
internal static class UnknownPaths
{
    private static readonly string[] OpenAI = ["/chat/completions", "/completions", "/embeddings", "/models", "/files", "/batches", "/chat/jobs", "/embeddings/jobs"];

    /// <summary>APIs of others that clients expect under <c>/v1</c>.</summary>
    private static readonly string[] NotOffered = ["/v1/responses", "/v1/messages", "/v1/audio", "/v1/images", "/v1/moderations", "/v1/assistants", "/v1/threads", "/v1/fine_tuning"];

    /// <summary>A sentence that helps; empty when there is none.</summary>
    public static string Hint(PathString path)
    {
        var text = path.Value ?? "";
        if (NotOffered.FirstOrDefault(p => path.StartsWithSegments(p)) is { } missing)
        {
            return $" {missing} is not offered.";
        }

        var rest = text;
        while (rest.StartsWith("/v1/", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("/api/", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("/openai/", StringComparison.OrdinalIgnoreCase))
        {
            rest = rest[rest.IndexOf('/', 1)..];
        }

        return OpenAI.FirstOrDefault(p => rest.Equals(p, StringComparison.OrdinalIgnoreCase) || rest.StartsWith(p + "/", StringComparison.OrdinalIgnoreCase)) is { } meant
            && !text.StartsWith("/v1" + meant, StringComparison.Ordinal)
                ? $" Did you mean /v1{meant}?"
                : "";
    }

    /// <summary>A person at the root is shown the documentation.</summary>
    public static bool WantsPage(HttpRequest request) =>
        request.Path == "/" && HttpMethods.IsGet(request.Method)
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}

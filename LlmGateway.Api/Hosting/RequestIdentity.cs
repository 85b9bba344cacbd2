using LlmGateway.Contracts;

namespace LlmGateway.Api.Hosting;

/// <summary>The request id: the client's own when it sent a usable one, else a new one; on every answer.</summary>
internal static class RequestIdentity
{
    private const int RandomBytes = 16;

    public static string Get(HttpContext context) => context.TraceIdentifier;

    public static void Assign(HttpContext context)
    {
        var sent = context.Request.Headers[GatewayHeaders.RequestId];
        context.TraceIdentifier = sent.Count == 1 && IsUsable(sent[0]) ? sent[0]! : Create();
        context.Response.Headers[GatewayHeaders.RequestId] = context.TraceIdentifier;
    }

    /// <summary>Only characters that mean nothing to a log, a shell or a header.</summary>
    private static bool IsUsable(string? id) =>
        id is { Length: > 0 and <= GatewayHeaders.MaxRequestIdLength } && !id.AsSpan().ContainsAnyExcept(UsableCharacters);

    private static string Create()
    {
        Span<byte> random = stackalloc byte[RandomBytes];
        // Unique, not secret: a cryptographic generator would cost a hundred times as much.
        Random.Shared.NextBytes(random);
        return string.Concat("req_", Convert.ToHexStringLower(random));
    }

    private static readonly System.Buffers.SearchValues<char> UsableCharacters =
        System.Buffers.SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.:");
}

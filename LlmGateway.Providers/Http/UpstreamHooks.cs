using LlmGateway.Core.Errors;

namespace LlmGateway.Providers.Http;

/// <summary>What a dialect does to each call of its <see cref="UpstreamClient"/> that no fixed header can do.</summary>
internal abstract class UpstreamHooks
{
    /// <summary>
    /// Called when the request is ready to be sent. An error keeps it from being sent; exceptions are those of a network or a cancellation.
    /// </summary>
    public virtual ValueTask<GatewayError?> AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken) => default;

    /// <summary>What an error answer says in this dialect.</summary>
    /// <param name="error">What its status and a message in it say.</param>
    /// <param name="response">Status and headers.</param>
    /// <param name="body">The error document, possibly cut or empty.</param>
    public virtual GatewayError Explain(GatewayError error, HttpResponseMessage response, ReadOnlyMemory<byte> body) => error;
}

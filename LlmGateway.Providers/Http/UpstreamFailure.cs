using System.Net.Sockets;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Resilience;

namespace LlmGateway.Providers.Http;

/// <summary>Turns what a connection throws into an error. The one place where upstream exceptions end.</summary>
internal static class UpstreamFailure
{
    /// <summary>Exceptions that a network, a timeout or a client that leaves explains.</summary>
    public static bool IsExpected(Exception e) => e is HttpRequestException or IOException or SocketException or OperationCanceledException;

    public static GatewayError ToError(Exception e, string provider, CallDeadline deadline)
    {
        if (deadline.End != CallEnd.None)
        {
            return deadline.ToError(provider);
        }

        return e switch
        {
            // SocketsHttpHandler reports its connect timeout as a cancellation that nobody asked for.
            OperationCanceledException => new GatewayError(
                GatewayErrorCode.UpstreamTimeout, $"Provider '{provider}' did not accept a connection in time."),
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } => new GatewayError(
                GatewayErrorCode.UpstreamUnavailable, $"Provider '{provider}' cannot be reached."),
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => new GatewayError(
                GatewayErrorCode.UpstreamUnavailable, $"No secure connection to provider '{provider}' could be made."),
            _ => Interrupted(provider),
        };
    }

    /// <summary>The connection ended before the answer did.</summary>
    public static GatewayError Interrupted(string provider) => new(
        GatewayErrorCode.UpstreamInterrupted, $"Provider '{provider}' closed the connection before the answer was complete.");

    /// <summary>The answer is not what its protocol demands.</summary>
    public static GatewayError Invalid(string provider, string what) => new(
        GatewayErrorCode.UpstreamInvalidResponse, $"Provider '{provider}' sent {what}.");
}

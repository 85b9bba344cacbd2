namespace LlmGateway.Core.Errors;

/// <summary>
/// What a provider says about a failure of its own side is for the operator: such texts hold addresses, paths and keys. What it says about
/// the request is for the client.
/// </summary>
public static class ProviderWords
{
    /// <summary>How the messages begin behind which a provider's words stand.</summary>
    private static readonly string[] Heads = ["' answered ", "' reported an error: "];

    /// <summary>The error with the provider's words kept for the log alone, where the failure is the provider's.</summary>
    public static GatewayError Withhold(GatewayError error)
    {
        if (error.Code is not (GatewayErrorCode.UpstreamError or GatewayErrorCode.UpstreamRateLimited or GatewayErrorCode.UpstreamUnavailable
            or GatewayErrorCode.UpstreamTimeout or GatewayErrorCode.UpstreamInterrupted))
        {
            return error;
        }

        foreach (var head in Heads)
        {
            var at = error.Message.IndexOf(head, StringComparison.Ordinal);
            var colon = at < 0 ? -1 : error.Message.IndexOf(": ", at, StringComparison.Ordinal);
            if (colon > 0)
            {
                return error with { Message = error.Message[..colon] + ".", ForLog = error.Message[(colon + 2)..] };
            }
        }

        return error;
    }
}

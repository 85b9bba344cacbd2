namespace LlmGateway.Contracts;

/// <summary>Names of the HTTP headers by which the gateway tells a client what it decided.</summary>
public static class GatewayHeaders
{
    /// <summary>Identifies one request in answers, logs and traces; a client may set it (see <see cref="MaxRequestIdLength"/>).</summary>
    public const string RequestId = "x-request-id";

    /// <summary>The configured name of the provider that answered.</summary>
    public const string Provider = "x-llm-gateway-provider";

    /// <summary>The model name as the provider knows it.</summary>
    public const string Model = "x-llm-gateway-model";

    /// <summary>Number of upstream calls made for this request, the successful one included.</summary>
    public const string Attempts = "x-llm-gateway-attempts";

    /// <summary>The longest request id that is taken over from a client, in characters.</summary>
    public const int MaxRequestIdLength = 128;

    /// <summary><c>high</c> when only high-security providers may see the request, else <c>low</c>. A client may send <c>high</c> to demand it.</summary>
    public const string Sensitivity = "x-llm-gateway-sensitivity";

    /// <summary>What was found in the content, names separated by commas.</summary>
    public const string SensitivityReasons = "x-llm-gateway-sensitivity-reasons";
}

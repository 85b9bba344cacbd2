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

    /// <summary>Whom the gateway could have asked and whom it left out, where there was something to decide.</summary>
    public const string Route = "x-llm-gateway-route";

    /// <summary>Calls that a fallback step made: the answer may come from another model, or with other parameters, than asked for.</summary>
    public const string Fallbacks = "x-llm-gateway-fallbacks";

    /// <summary>What the answer cost, in US dollars; only on whole answers of models with known prices.</summary>
    public const string Cost = "x-llm-gateway-cost";

    /// <summary>Set by a client: <c>passthrough</c>, <c>hold</c> or <c>buffered</c>.</summary>
    public const string StreamMode = "x-llm-gateway-stream-mode";

    /// <summary>Set by a client: <c>low</c>, <c>normal</c> or <c>high</c>; who is served first where requests wait for a place.</summary>
    public const string Priority = "x-llm-gateway-priority";

    /// <summary>The longest request id that is taken over from a client, in characters.</summary>
    public const int MaxRequestIdLength = 128;

    /// <summary><c>high</c> when only high-security providers may see the request, else <c>low</c>. A client may send <c>high</c> to demand it.</summary>
    public const string Sensitivity = "x-llm-gateway-sensitivity";

    /// <summary>What was found in the content, names separated by commas.</summary>
    public const string SensitivityReasons = "x-llm-gateway-sensitivity-reasons";
}

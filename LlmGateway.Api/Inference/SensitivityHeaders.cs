using LlmGateway.Contracts;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Sensitivity;

namespace LlmGateway.Api.Inference;

/// <summary>How clients demand a high-security provider, and how they are told what was decided.</summary>
internal static class SensitivityHeaders
{
    private const string High = "high";
    private const string Low = "low";

    private static readonly SensitivityVerdict ByClient = new(1, SecurityLevel.High, ["requested"]);

    /// <summary>What the client demands. It can only raise what its content may be shown to; every other value says nothing.</summary>
    public static SensitivityVerdict Demanded(IHeaderDictionary headers)
    {
        foreach (var value in headers[GatewayHeaders.Sensitivity])
        {
            foreach (var part in value.AsSpan().Split(','))
            {
                if (value.AsSpan()[part].Trim().Equals(High, StringComparison.OrdinalIgnoreCase))
                {
                    return ByClient;
                }
            }
        }

        return SensitivityVerdict.None;
    }

    public static void Set(IHeaderDictionary headers, GatewayRequest request)
    {
        if (!request.IsClassified && !request.Sensitivity.IsSensitive)
        {
            return;
        }

        headers[GatewayHeaders.Sensitivity] = request.Sensitivity.IsSensitive ? High : Low;
        if (request.Sensitivity.Reasons.Count > 0)
        {
            headers[GatewayHeaders.SensitivityReasons] = string.Join(", ", request.Sensitivity.Reasons);
        }
    }
}

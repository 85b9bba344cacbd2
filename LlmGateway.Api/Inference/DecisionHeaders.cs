using System.Globalization;
using LlmGateway.Contracts;
using LlmGateway.Core.Pipeline;

namespace LlmGateway.Api.Inference;

/// <summary>Tells the client what was decided about its request.</summary>
internal static class DecisionHeaders
{
    public static void Set(IHeaderDictionary headers, GatewayRequest request, GatewayAnswer answer)
    {
        SensitivityHeaders.Set(headers, request);
        if (request.Plan is { IsChoice: true } plan)
        {
            headers[GatewayHeaders.Route] = Line(plan.Describe());
        }

        if (request.Provider is null || request.UpstreamModel is null)
        {
            return;
        }

        headers[GatewayHeaders.Provider] = Text(request.Provider);
        headers[GatewayHeaders.Model] = Text(request.UpstreamModel);
        headers[GatewayHeaders.Attempts] = request.Attempts == 1 ? "1" : request.Attempts.ToString(CultureInfo.InvariantCulture);
        if (request.Fallbacks > 0)
        {
            headers[GatewayHeaders.Fallbacks] = request.Fallbacks.ToString(CultureInfo.InvariantCulture);
        }

        if (answer is JsonAnswer { Usage: { } usage } && request.Prices is { } prices)
        {
            headers[GatewayHeaders.Cost] = prices.Cost(usage).ToString("0.############", CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Names come from configuration and providers and may hold what a header must not.</summary>
    private static string Text(string name) =>
        name.AsSpan().ContainsAnyExceptInRange('!', '~') ? Uri.EscapeDataString(name) : name;

    private static string Line(string text) =>
        text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c : '?')) : text;
}

using System.Globalization;
using System.Security.Cryptography;

namespace LlmGateway.Core.Pipeline;

/// <summary>
/// The gateways that a request has passed, in header <c>Via</c> (RFC 9110, section 7.6.3): each names itself in what it sends to providers,
/// so that one whose own address is configured as a provider finds out at once.
/// </summary>
public static class Hops
{
    public const string Header = "Via";

    private const string Name = "llm-gateway-";

    /// <summary>Gateways one behind the other beyond which it is taken for a circle.</summary>
    private const int Most = 8;

    private static readonly string Own = Name + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    private static readonly string First = "1.1 " + Own;

    /// <summary>Set for the few requests that another gateway passed on; flows with the request to its upstream calls.</summary>
    private static readonly AsyncLocal<string?> Before = new();

    /// <summary>What an upstream call carries.</summary>
    public static string Value => Before.Value is { } before ? $"{before}, {First}" : First;

    /// <summary>Takes note of the gateways that a request has passed.</summary>
    /// <returns>False for a request that has been here before, or has passed too many gateways.</returns>
    public static bool Enter(string via)
    {
        if (!via.Contains(Name, StringComparison.Ordinal))
        {
            return true;
        }

        var gateways = via.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(hop => hop.Contains(Name, StringComparison.Ordinal)).ToArray();
        Before.Value = string.Join(", ", gateways);
        return gateways.Length < Most && !gateways.Any(hop => hop.EndsWith(Own, StringComparison.Ordinal));
    }

    public static string Explain() => string.Create(
        CultureInfo.InvariantCulture,
        $"The request came back to the gateway that sent it, or passed {Most} gateways: one of the providers is a gateway that leads back here. See its BaseUrl.");
}

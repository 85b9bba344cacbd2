using System.Net;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Webhooks;

/// <summary>
/// Judges a URL by its text alone, so that a client is told at once. What its name leads to is looked at when it is called
/// (<see cref="WebhookConnector"/>).
/// </summary>
internal sealed class WebhookTargets(IOptions<WebhookOptions> options) : IWebhookTargets
{
    private const int MaxLength = 2048;

    /// <summary>Domains that name something in the gateway's own network wherever they are asked for (RFC 6761, 6762, 8375, ICANN's .internal).</summary>
    private static readonly string[] LocalDomains = ["localhost", "localdomain", "local", "internal", "intranet", "lan", "home.arpa", "ip6-localhost", "ip6-loopback"];

    private readonly WebhookOptions _options = options.Value;
    private readonly AddressRules _rules = new(options.Value.AllowedNetworks);

    public string? Refusal(string url)
    {
        if (string.IsNullOrWhiteSpace(_options.SigningKey))
        {
            return "webhooks are not set up at this gateway: it has no key to sign them with.";
        }

        return TextMistake(url) ?? Judge(new Uri(url));
    }

    /// <summary>Only what is an address without any reading between the lines; parsers differ in what they forgive.</summary>
    private static string? TextMistake(string url)
    {
        if (string.IsNullOrEmpty(url) || url.Length > MaxLength)
        {
            return $"the webhook's URL must have 1 to {MaxLength} characters.";
        }

        if (url.AsSpan().ContainsAny('\\', '#') || url.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
        {
            return "the webhook's URL must not contain a fragment, white space, control characters or backslashes.";
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || string.IsNullOrEmpty(uri.Host) || !url.StartsWith(uri.Scheme + "://", StringComparison.OrdinalIgnoreCase))
        {
            return "the webhook's URL must be an absolute address such as https://example.com/hook.";
        }

        var rest = url.AsSpan(uri.Scheme.Length + 3);
        var end = rest.IndexOfAny('/', '?');
        var authority = end < 0 ? rest : rest[..end];
        return authority.Contains('@') ? "the webhook's URL must not contain a user name or password."
            : authority.Contains('%') ? "the webhook's URL has a host that cannot be called."
            : null;
    }

    private string? Judge(Uri uri)
    {
        if (uri.Scheme != Uri.UriSchemeHttps && !(uri.Scheme == Uri.UriSchemeHttp && _options.AllowHttp))
        {
            return _options.AllowHttp ? "the webhook's URL must begin with https:// or http://." : "the webhook's URL must begin with https:// (Webhooks:AllowHttp would accept http).";
        }

        if (uri.Port is < 1 or > IPEndPoint.MaxPort || (_options.AllowedPorts.Count > 0 && !_options.AllowedPorts.Contains(uri.Port)))
        {
            return "the webhook's URL has a port that may not be called (Webhooks:AllowedPorts).";
        }

        if (HostOf(uri) is not { Length: > 0 } host)
        {
            return "the webhook's URL has a host that cannot be called.";
        }

        if (_options.AllowedHosts.Count > 0 && !_options.AllowedHosts.Any(allowed => Matches(allowed, host)))
        {
            return "the webhook's host is not one of those that may be called (Webhooks:AllowedHosts).";
        }

        return IPAddress.TryParse(host, out var address) ? JudgeAddress(address) : JudgeName(host);
    }

    /// <summary>The host as it will be looked up, in ASCII, lower case and without the dot that ends a full name.</summary>
    private static string? HostOf(Uri uri)
    {
        try
        {
            var host = uri.IdnHost.ToLowerInvariant();
            return host.EndsWith('.') ? host[..^1] : host;
        }
        catch (Exception e) when (e is UriFormatException or ArgumentException)
        {
            return null;
        }
    }

    private string? JudgeAddress(IPAddress address) => _rules.Allows(address) ? null : "the webhook's host is not a public address (Webhooks:AllowedNetworks says which others may be called).";

    private string? JudgeName(string host)
    {
        var labels = host.Split('.');
        if (host.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '_')) || labels.Any(label => label.Length is 0 or > 63))
        {
            return "the webhook's URL has a host that cannot be called.";
        }

        // Some resolvers read a name whose last part is a number as an address.
        if (labels[^1].All(char.IsAsciiDigit) || (labels[^1].StartsWith("0x", StringComparison.Ordinal) && labels[^1][2..].All(char.IsAsciiHexDigit)))
        {
            return "the webhook's URL has a host that cannot be called.";
        }

        // Where the operator allows networks of his own their names are good, and the addresses behind them decide.
        var isLocal = labels.Length == 1 || LocalDomains.Any(domain => host == domain || host.EndsWith("." + domain, StringComparison.Ordinal));
        return isLocal && _options.AllowedNetworks.Count == 0 ? "the webhook's host is not a public name (Webhooks:AllowedNetworks says which others may be called)." : null;
    }

    private static bool Matches(string allowed, string host) => allowed.StartsWith("*.", StringComparison.Ordinal)
        ? host.Length > allowed.Length - 1 && host.EndsWith(allowed[1..], StringComparison.OrdinalIgnoreCase)
        : host.Equals(allowed, StringComparison.OrdinalIgnoreCase);
}

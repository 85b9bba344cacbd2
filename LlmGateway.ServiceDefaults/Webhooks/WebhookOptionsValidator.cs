using System.Net;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Webhooks;

/// <summary>What attributes cannot say about the options. Names no key.</summary>
internal sealed class WebhookOptionsValidator : IValidateOptions<WebhookOptions>
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(7);

    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        List<string> errors = [];
        if (!string.IsNullOrEmpty(options.SigningKey) && !IsKey(options.SigningKey))
        {
            errors.Add($"Webhooks:SigningKey has {options.SigningKey.Trim().Length} characters; it must have at least {WebhookOptions.MinKeyLength}.");
        }

        errors.AddRange(options.PreviousSigningKeys.Select((key, i) => (Key: key, Place: i)).Where(k => !IsKey(k.Key))
            .Select(k => $"Webhooks:PreviousSigningKeys:{k.Place} must have at least {WebhookOptions.MinKeyLength} characters."));
        errors.AddRange(options.AllowedNetworks.Where(n => !IsNetwork(n))
            .Select(n => $"Webhooks:AllowedNetworks has '{n}', which is no network such as 10.1.0.0/16 or fd00:1::/32 (bits behind the prefix must be 0)."));
        errors.AddRange(options.AllowedHosts.Where(h => !IsHost(h)).Select(h => $"Webhooks:AllowedHosts has '{h}', which is no host name such as hooks.example.com or *.example.com."));
        errors.AddRange(options.AllowedPorts.Where(p => p is < 1 or > IPEndPoint.MaxPort).Select(p => $"Webhooks:AllowedPorts has {p}; ports go from 1 to {IPEndPoint.MaxPort}."));
        errors.AddRange(options.RetryDelays.Where(d => d <= TimeSpan.Zero || d > LongestDelay).Select(d => $"Webhooks:RetryDelays has {d}; a delay is above 0 and at most {LongestDelay}."));
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static bool IsKey(string? key) => key is not null && key.Trim().Length >= WebhookOptions.MinKeyLength;

    /// <summary>Bits behind the prefix may be cut off silently when it is read, and more would be allowed than was written.</summary>
    private static bool IsNetwork(string text) =>
        IPNetwork.TryParse(text, out var network) && IPAddress.TryParse(text.AsSpan(0, text.IndexOf('/')), out var address) && network.BaseAddress.Equals(address);

    private static bool IsHost(string host) => Uri.CheckHostName(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host) != UriHostNameType.Unknown;
}

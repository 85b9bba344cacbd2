using System.Text;
using System.Text.RegularExpressions;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Http;

/// <summary>
/// Takes out of a provider's words what is the operator's and not the client's: the provider's keys and address, and whatever else looks
/// like a credential or an address of a private network.
/// </summary>
internal sealed partial class ErrorScrubber
{
    private const string Removed = "[removed]";

    /// <summary>Shorter values stand in ordinary texts too.</summary>
    private const int MinSecret = 6;

    private readonly string[] _known;

    public ErrorScrubber(ProviderOptions options)
    {
        List<string> known = [.. options.DistinctKeys(), .. options.Headers.Values.SelectMany(value => value.Split(' '))];
        known.RemoveAll(value => value.Length < MinSecret);
        if (Uri.TryCreate(options.BaseUrl, UriKind.Absolute, out var address))
        {
            // A bare name such as "ollama" is a word, and mostly the provider's own name here.
            string[] names = [address.Authority, address.Host];
            known.AddRange(names.Where(name => name.Contains('.') || name.Contains(':')));
            known.Add("//" + address.Host);
        }

        // The longest first: the host stands in the authority.
        _known = [.. known.Where(value => value.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase).OrderByDescending(value => value.Length)];
    }

    public GatewayError Scrub(GatewayError error) => error with
    {
        Message = Scrub(error.Message),
        UpstreamBody = error.UpstreamBody.IsEmpty ? default : Scrub(error.UpstreamBody),
    };

    private ReadOnlyMemory<byte> Scrub(ReadOnlyMemory<byte> document)
    {
        var text = Encoding.UTF8.GetString(document.Span);
        var scrubbed = Scrub(text);
        return ReferenceEquals(text, scrubbed) ? document : Encoding.UTF8.GetBytes(scrubbed);
    }

    private string Scrub(string text)
    {
        foreach (var known in _known)
        {
            text = text.Replace(known, Removed, StringComparison.OrdinalIgnoreCase);
        }

        return PrivateAddress().Replace(Credentials().Replace(text, Removed), Removed);
    }

    [GeneratedRegex(@"(?i:\bbearer\s+)[A-Za-z0-9._~+/=-]{8,}|\bsk-[A-Za-z0-9_-]{8,}|\bAKIA[A-Z0-9]{16}\b", RegexOptions.NonBacktracking)]
    private static partial Regex Credentials();

    [GeneratedRegex(@"\b(10(\.\d{1,3}){3}|127(\.\d{1,3}){3}|192\.168(\.\d{1,3}){2}|169\.254(\.\d{1,3}){2}|172\.(1[6-9]|2\d|3[01])(\.\d{1,3}){2})(:\d{1,5})?\b", RegexOptions.NonBacktracking)]
    private static partial Regex PrivateAddress();
}

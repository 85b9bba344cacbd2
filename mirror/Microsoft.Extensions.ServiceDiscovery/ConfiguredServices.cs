using Microsoft.Extensions.Configuration;

namespace Microsoft.Extensions.ServiceDiscovery;

/// <summary>
/// Finds an address for a service name: the endpoints under <c>services:{name}:{scheme}</c> in turn, or the name itself
/// when none is configured. Configuration is read on every call, so a reload is seen at once.
/// </summary>
internal sealed class ConfiguredServices(IConfiguration configuration)
{
    private uint _next;

    public Uri Resolve(Uri address)
    {
        // "https+http" means: https when the service has it, else http.
        var schemes = address.Scheme.Split('+');
        foreach (var scheme in schemes)
        {
            var endpoints = configuration.GetSection($"services:{address.Host}:{scheme}").GetChildren()
                .Select(endpoint => endpoint.Value)
                .OfType<string>()
                .ToArray();
            if (endpoints.Length > 0)
            {
                var endpoint = endpoints[Interlocked.Increment(ref _next) % endpoints.Length];
                var target = new Uri(endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : $"{scheme}://{endpoint}");
                return new UriBuilder(address) { Scheme = target.Scheme, Host = target.Host, Port = target.Port }.Uri;
            }
        }

        return schemes.Length == 1 ? address : new UriBuilder(address) { Scheme = schemes[0] }.Uri;
    }
}

internal sealed class ResolvingHandler(ConfiguredServices services) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var address = request.RequestUri ?? throw new InvalidOperationException("The request has no address.");
        try
        {
            request.RequestUri = services.Resolve(address);
            return await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            // Whoever sends the request again, a retry above this handler, gets a fresh choice.
            request.RequestUri = address;
        }
    }
}

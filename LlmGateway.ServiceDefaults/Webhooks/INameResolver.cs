using System.Net;

namespace LlmGateway.ServiceDefaults.Webhooks;

/// <summary>Looks up names.</summary>
public interface INameResolver
{
    /// <summary>The name's addresses. Throws <see cref="System.Net.Sockets.SocketException"/> when there are none.</summary>
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken);
}

/// <summary>Asks the machine's resolver.</summary>
internal sealed class SystemNameResolver : INameResolver
{
    // The machine's resolver does not notice a token while it waits for an answer.
    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) =>
        Dns.GetHostAddressesAsync(host, cancellationToken).WaitAsync(cancellationToken);
}

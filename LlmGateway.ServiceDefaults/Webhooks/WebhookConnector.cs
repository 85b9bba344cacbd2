using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Webhooks;

/// <summary>The name leads to an address that may not be called.</summary>
public sealed class AddressRefusedException() : Exception("The host leads to an address that may not be called.");

/// <summary>
/// Makes the connections to receivers. Names are looked up here and nowhere else, and what is connected to is the very address that was
/// checked, so that a name cannot mean one thing when it is checked and another when it is called.
/// </summary>
public sealed class WebhookConnector(IOptions<WebhookOptions> options, INameResolver names)
{
    /// <summary>Addresses of a name that are tried.</summary>
    private const int MaxAddresses = 4;

    private const int MaxHeadKilobytes = 16;
    private const int MaxDrainBytes = 4096;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(10);

    private readonly AddressRules _rules = new(options.Value.AllowedNetworks);

    /// <summary>A handler that goes where it is told and nowhere else: no redirects, no proxy, no cookies, and no more of an answer than its head.</summary>
    public HttpMessageHandler CreateHandler() => new SocketsHttpHandler
    {
        ConnectCallback = ConnectAsync,
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        Credentials = null,
        PreAuthenticate = false,
        AutomaticDecompression = DecompressionMethods.None,
        MaxResponseHeadersLength = MaxHeadKilobytes,
        // An unread answer is read to its end only where that is near; else the connection is closed.
        MaxResponseDrainSize = MaxDrainBytes,
        ResponseDrainTimeout = TimeSpan.FromSeconds(1),
        PooledConnectionLifetime = ConnectionLifetime,
        PooledConnectionIdleTimeout = IdleTimeout,
        // The receiver is somebody else: what the gateway's own services tell each other does not concern it.
        ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await names.ResolveAsync(host, cancellationToken);
        // One bad address among good ones is reason enough: an honest name has none.
        if (addresses.Any(address => !_rules.Allows(address)))
        {
            throw new AddressRefusedException();
        }

        Exception failure = new SocketException((int)SocketError.HostNotFound);
        foreach (var address in addresses.Take(MaxAddresses))
        {
            try
            {
                return await ConnectAsync(address, port, cancellationToken);
            }
            catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                failure = e is SocketException ? e : new SocketException((int)SocketError.TimedOut);
            }
        }

        throw failure;
    }

    private static async Task<Stream> ConnectAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(ConnectTimeout);
            await socket.ConnectAsync(new IPEndPoint(address, port), limit.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

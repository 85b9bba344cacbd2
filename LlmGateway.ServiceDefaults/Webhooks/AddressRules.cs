using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace LlmGateway.ServiceDefaults.Webhooks;

/// <summary>
/// Which addresses may be called on behalf of clients: what is publicly routed (IANA's registries of special-purpose addresses name what is
/// not), and what the operator allows beside. An IPv6 address that leads to an IPv4 one is judged by where it leads.
/// </summary>
internal sealed class AddressRules
{
    private static readonly IPNetwork[] RefusedV4 = Parse(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        // Routed like a public address, and inside Azure the host's own service.
        "168.63.129.16/32");

    /// <summary>All that is global unicast in IPv6; everything else is loopback, local, multicast or reserved.</summary>
    private static readonly IPNetwork GlobalV6 = IPNetwork.Parse("2000::/3");

    /// <summary>Within it: protocol assignments with Teredo, benchmarking and ORCHID; documentation; AS112; segment routing's and 6bone's rest.</summary>
    private static readonly IPNetwork[] RefusedV6 = Parse("2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3ffe::/16", "3fff::/20");

    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");

    private readonly IPNetwork[] _allowed;

    /// <param name="allowedNetworks">In CIDR notation; checked before.</param>
    public AddressRules(IEnumerable<string> allowedNetworks) => _allowed = Parse([.. allowedNetworks]);

    public bool Allows(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (_allowed.Any(network => network.Contains(address)))
        {
            return true;
        }

        return address.AddressFamily switch
        {
            AddressFamily.InterNetwork => !RefusedV4.Any(network => network.Contains(address)),
            AddressFamily.InterNetworkV6 => AllowsV6(address),
            _ => false,
        };
    }

    private bool AllowsV6(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        if (Nat64.Contains(address))
        {
            return Allows(Inner(bytes, 12));
        }

        if (!GlobalV6.Contains(address) || RefusedV6.Any(network => network.Contains(address)))
        {
            return false;
        }

        if (SixToFour.Contains(address) && !Allows(Inner(bytes, 2)))
        {
            return false;
        }

        // ISATAP (RFC 5214): an interface id that carries an IPv4 address behind any prefix.
        return (BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(8)) & 0xFDFF_FFFF) != 0x0000_5EFE || Allows(Inner(bytes, 12));
    }

    private static IPAddress Inner(byte[] address, int at) => new(address.AsSpan(at, 4));

    private static IPNetwork[] Parse(params string[] networks) => [.. networks.Select(network => IPNetwork.Parse(network))];
}

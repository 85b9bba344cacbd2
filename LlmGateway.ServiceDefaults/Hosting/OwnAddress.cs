using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.ServiceDefaults.Hosting;

/// <summary>Tells whether an address leads back to this process.</summary>
public static class OwnAddress
{
    /// <summary>By the addresses that the process is to listen on.</summary>
    public static bool Is(IConfiguration configuration, string? address) => Is(Configured(configuration), address);

    /// <summary>By the addresses that the process listens on.</summary>
    public static bool Is(IEnumerable<string> own, string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var url) && own.Select(Parse).Any(o => o is { } listener && listener.Port == url.Port && IsHere(url.Host, listener.Host));

    private static IEnumerable<string> Configured(IConfiguration configuration) =>
        (configuration[WebHostDefaults.ServerUrlsKey] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Concat((configuration[WebHostDefaults.HttpPortsKey] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(port => $"http://*:{port}"))
            .Concat(configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(e => e["Url"]).OfType<string>());

    private static (string Host, int Port)? Parse(string listener)
    {
        var end = listener.IndexOf("://", StringComparison.Ordinal);
        var authority = end < 0 ? listener : listener[(end + 3)..].TrimEnd('/');
        var colon = authority.LastIndexOf(':');
        var isPort = int.TryParse(authority[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port);
        return colon >= 0 && isPort ? (authority[..colon].Trim('[', ']'), port)
            : listener.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? (authority, 80) : (authority, 443);
    }

    /// <summary>A listener on every address answers at each of this machine's; one on loopback at loopback.</summary>
    private static bool IsHere(string host, string listener)
    {
        host = host.Trim('[', ']');
        if (host.Equals(listener, StringComparison.OrdinalIgnoreCase) || (IsLoopback(host) && IsLoopback(listener)))
        {
            return true;
        }

        var isEverywhere = listener is "*" or "+" or "0.0.0.0" or "::";
        return isEverywhere && (IsLoopback(host) || host.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase) || IsOfThisMachine(host));
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var ip) && (IPAddress.IsLoopback(ip) || ip.Equals(IPAddress.Any)));

    private static bool IsOfThisMachine(string host)
    {
        try
        {
            return IPAddress.TryParse(host, out var ip)
                && NetworkInterface.GetAllNetworkInterfaces().SelectMany(n => n.GetIPProperties().UnicastAddresses).Any(a => a.Address.Equals(ip));
        }
        catch (Exception e) when (e is NetworkInformationException or SocketException)
        {
            return false;
        }
    }
}

using System.Data.Common;
using System.Globalization;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.Settings.Files;
using LlmGateway.Settings.Reading;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.ServiceDefaults.Hosting;

/// <summary>
/// The servers beside the gateway by the addresses that other programs and platforms use (<c>DATABASE_URL</c>, <c>REDIS_URL</c>,
/// <c>RABBITMQ_URL</c>), the level of the log by <c>LOG_LEVEL</c>, and the address to listen on by <c>PORT</c>.
/// </summary>
internal static class WellKnownServers
{
    private static readonly string[] RedisUrls = ["LLM_GATEWAY_REDIS_URL", "REDIS_URL"];
    private static readonly string[] Ports = ["LLM_GATEWAY_PORT", "PORT"];
    private const string HostName = "LLM_GATEWAY_HOST";

    public static void Add(IConfigurationManager configuration)
    {
        var settings = new Dictionary<string, string?>();
        AddConnection(settings, Connections.Database, Database(configuration["DATABASE_URL"]));
        AddConnection(settings, Connections.Redis, Redis(First(configuration, RedisUrls), configuration["REDIS_PASSWORD"]));
        AddConnection(settings, Connections.Broker, configuration["RABBITMQ_URL"]);
        configuration.Sources.Insert(0, new WellKnownSource(settings));
        if (Level(configuration["LOG_LEVEL"]) is { } level)
        {
            // Above the level that the program's own file has, below everything that an operator writes.
            var own = configuration.Sources.Select((source, index) => (source, index))
                .LastOrDefault(s => s.source is SettingsFileSource file && Path.GetDirectoryName(file.FilePath) == AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).index;
            configuration.Sources.Insert(own + 1, new WellKnownSource([new("Logging:LogLevel:Default", level)]));
        }
    }

    /// <summary>The address to listen on; null when no variable names one.</summary>
    /// <param name="configuration">Where the variables are.</param>
    /// <param name="host">The host where only the port is named.</param>
    /// <param name="port">The port where only the host is named.</param>
    public static string? Address(IConfiguration configuration, string host, int port)
    {
        // Kubernetes sets LLM_GATEWAY_PORT to tcp://… for a service of that name; that is nobody's wish.
        var named = Ports.Select(name => configuration[name]?.Trim()).FirstOrDefault(p => !string.IsNullOrEmpty(p) && !p.Contains("://", StringComparison.Ordinal));
        var wanted = configuration[HostName]?.Trim();
        if (named is null && string.IsNullOrEmpty(wanted))
        {
            return null;
        }

        host = string.IsNullOrEmpty(wanted) ? host : wanted.Contains(':', StringComparison.Ordinal) ? $"[{wanted.Trim('[', ']')}]" : wanted;
        return $"http://{host}:{named ?? port.ToString(CultureInfo.InvariantCulture)}";
    }

    private static void AddConnection(Dictionary<string, string?> settings, string name, string? connection)
    {
        if (!string.IsNullOrWhiteSpace(connection))
        {
            settings[$"ConnectionStrings:{name}"] = connection.Trim();
        }
    }

    /// <summary>A text of another form is passed on: what cannot be read is told at start.</summary>
    private static string? Database(string? address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("postgres" or "postgresql"))
        {
            return address;
        }

        var (user, password) = Credentials(url);
        var connection = new DbConnectionStringBuilder { ["Host"] = url.Host };
        Set("Port", url.Port > 0 ? url.Port.ToString(CultureInfo.InvariantCulture) : null);
        Set("Database", Uri.UnescapeDataString(url.AbsolutePath.Trim('/')));
        Set("Username", user);
        Set("Password", password);
        foreach (var parameter in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = parameter.Split('=', 2);
            switch (parts[0].ToLowerInvariant())
            {
                case "sslmode":
                    Set("SSL Mode", parts.ElementAtOrDefault(1)?.Replace("-", "", StringComparison.Ordinal));
                    break;
                case "application_name":
                    Set("Application Name", Uri.UnescapeDataString(parts.ElementAtOrDefault(1) ?? ""));
                    break;
            }
        }

        return connection.ConnectionString;

        void Set(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                connection[name] = value;
            }
        }
    }

    /// <summary><c>redis://user:password@host:port/database</c>, and <c>rediss</c> for TLS.</summary>
    private static string? Redis(string? address, string? password)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("redis" or "rediss") || url.Host.Length == 0)
        {
            return address;
        }

        const int UsualPort = 6379;
        var (user, inUrl) = Credentials(url);
        var secret = string.IsNullOrEmpty(inUrl) ? password : inUrl;
        string?[] parts =
        [
            string.Create(CultureInfo.InvariantCulture, $"{url.Host}:{(url.Port > 0 ? url.Port : UsualPort)}"),
            string.IsNullOrEmpty(user) || user == "default" ? null : $"user={user}",
            string.IsNullOrEmpty(secret) ? null : $"password={secret}",
            url.AbsolutePath.Trim('/') is { Length: > 0 } database ? $"defaultDatabase={database}" : null,
            url.Scheme == "rediss" ? "ssl=true" : null,
        ];
        return string.Join(',', parts.OfType<string>());
    }

    private static (string? User, string? Password) Credentials(Uri url)
    {
        var parts = url.UserInfo.Split(':', 2);
        return (Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : null);
    }

    private static string? Level(string? level) => level?.Trim().ToLowerInvariant() switch
    {
        null or "" => null,
        "trace" or "verbose" or "silly" => "Trace",
        "debug" => "Debug",
        "info" or "information" or "http" => "Information",
        "warn" or "warning" => "Warning",
        "error" => "Error",
        "fatal" or "critical" or "panic" => "Critical",
        "off" or "none" or "silent" => "None",
        _ => null,
    };

    private static string? First(IConfiguration configuration, string[] names) =>
        names.Select(name => configuration[name]).FirstOrDefault(value => !string.IsNullOrWhiteSpace(value));
}

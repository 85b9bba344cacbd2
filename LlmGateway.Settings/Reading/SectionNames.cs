using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;

namespace LlmGateway.Settings.Reading;

/// <summary>Names at the top of the configuration: ours, those of .NET, and what is neither.</summary>
internal static class SectionNames
{
    /// <summary>Sections of all services. One file may serve several of them, so each knows the sections of the others by name.</summary>
    public static readonly string[] Ours =
    [
        "Server", "Files", "Infrastructure", "Database", "Events", "Authentication", "Providers", "Aliases", "Routing", "Sensitivity", "Webhooks",
        "Telemetry", "Jobs", "Worker", "Batches", "ModelManager", "Nodes", "Monitor", "Redis", "Fleet", "Service", "Standalone",
    ];

    /// <summary>Sections within sections that have an options class of their own.</summary>
    public static readonly string[] Nested = ["Database:Writer", "Jobs:EventLog"];

    /// <summary>What .NET, ASP.NET Core and Aspire read themselves.</summary>
    private static readonly string[] OfTheHost =
    [
        "Logging", "Kestrel", "ConnectionStrings", "AllowedHosts", "urls", "http_ports", "https_ports", "environment", "applicationName", "contentRoot",
        "webroot", "detailedErrors", "shutdownTimeoutSeconds", "preferHostingUrls", "suppressStatusMessages", "captureStartupErrors", "hostBuilder",
        "hostingStartupAssemblies", "startupAssembly", "https_port", "forwardedHeaders_enabled", "HostOptions", "services", "Aspire", "OpenTelemetry", "$schema",
    ];

    /// <summary>Every name that may stand at the top.</summary>
    public static IEnumerable<string> All => Ours.Concat(OfTheHost);

    /// <summary>Names that no one reads, in sources that are for the gateway alone: files, prefixed variables, the command line.</summary>
    public static IEnumerable<string> Mistakes(IConfiguration configuration, IReadOnlyCollection<Section> sections)
    {
        string[] known = [.. All, .. sections.Select(s => s.Path.Split(':')[0])];
        var told = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var provider in SettingOrigin.Providers(configuration).Where(p => IsOurs(p)))
        {
            foreach (var name in provider.GetChildKeys([], null).Distinct(StringComparer.OrdinalIgnoreCase))
            {
                if (!known.Contains(name, StringComparer.OrdinalIgnoreCase) && !IsVariable(name) && told.Add(name))
                {
                    var near = NearName.Find(name, known) ?? Elsewhere(name, sections);
                    yield return $"{name} is not a setting{(near is null ? "" : $"; did you mean {near}?")}{(SettingOrigin.Find(configuration, name) is { } origin ? $" ({origin})" : "")}{(near is null ? "." : "")}";
                }
            }
        }
    }

    public static IReadOnlyCollection<string> Within(string section) =>
        [.. Nested.Where(n => n.StartsWith(section + ":", StringComparison.Ordinal)).Select(n => n[(section.Length + 1)..])];

    /// <summary>A variable of the environment may stand in a file too, such as <c>OLLAMA_BASE_URL</c>.</summary>
    public static bool IsVariable(string name) => name.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_');

    private static bool IsOurs(IConfigurationProvider provider) =>
        SettingOrigin.File(provider) is not null || provider is PrefixedEnvironmentProvider or CommandLineConfigurationProvider;

    /// <summary>A setting that stands outside its section.</summary>
    private static string? Elsewhere(string name, IEnumerable<Section> sections) =>
        sections.Where(s => s.Path.Length > 0)
            .Select(s => SettingsReader.Properties(s.Type).FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } p ? $"{s.Path}:{p.Name}" : null)
            .FirstOrDefault(p => p is not null);
}

using LlmGateway.Settings.Files;
using LlmGateway.Settings.Reading;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.ServiceDefaults.Hosting;

/// <summary>Where every service takes its settings from, beyond what .NET does by itself.</summary>
public static class HostSettings
{
    /// <summary>Environment variables beginning so are settings: <c>LLM_GATEWAY__Server__MaxJsonDepth</c> is <c>Server:MaxJsonDepth</c>.</summary>
    public const string EnvironmentPrefix = "LLM_GATEWAY__";

    private const string NoEnvironment = "LlmGateway.NoEnvironment";

    private static readonly string[] AddressSettings = [WebHostDefaults.ServerUrlsKey, WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey];

    /// <summary>
    /// Takes settings from environment variables with the <see cref="EnvironmentPrefix"/>; they are the strongest. Files are read so that
    /// a mistake in one, or its absence for a moment, changes nothing.
    /// </summary>
    /// <exception cref="SettingsException">A file cannot be read.</exception>
    public static IHostApplicationBuilder AddPrefixedEnvironment(this IHostApplicationBuilder builder)
    {
        SettingsFileSource.Replace(builder.Configuration);
        SettingsFiles.ThrowOnFaults(builder.Configuration);
        if (!builder.Properties.ContainsKey(NoEnvironment) && !builder.Configuration.Sources.Any(s => s is PrefixedEnvironmentSource))
        {
            builder.Configuration.Sources.Add(new PrefixedEnvironmentSource(EnvironmentPrefix));
            WellKnownServers.Add(builder.Configuration);
        }

        return builder;
    }

    /// <summary>Leaves the environment out, where a file is looked at by itself.</summary>
    internal static void WithoutEnvironment(this IHostApplicationBuilder builder) => builder.Properties[NoEnvironment] = NoEnvironment;

    /// <summary>Listens on <paramref name="url"/> where no address and no port is configured.</summary>
    public static WebApplicationBuilder UseDefaultAddress(this WebApplicationBuilder builder, string url)
    {
        if (!HasAddress(builder.Configuration))
        {
            builder.WebHost.UseUrls(url);
        }

        return builder;
    }

    /// <summary>Listens where <c>PORT</c>, <c>LLM_GATEWAY_PORT</c> and <c>LLM_GATEWAY_HOST</c> say, where no address is configured otherwise.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="host">The host where only the port is named.</param>
    public static WebApplicationBuilder UseWellKnownAddress(this WebApplicationBuilder builder, string host)
    {
        const int UsualPort = 8080;
        if (!HasAddress(builder.Configuration) && WellKnownServers.Address(builder.Configuration, host, UsualPort) is { } address)
        {
            builder.WebHost.UseUrls(address);
        }

        return builder;
    }

    private static bool HasAddress(IConfiguration configuration) =>
        AddressSettings.Any(setting => !string.IsNullOrWhiteSpace(configuration[setting])) || configuration.GetSection("Kestrel:Endpoints").Exists();
}

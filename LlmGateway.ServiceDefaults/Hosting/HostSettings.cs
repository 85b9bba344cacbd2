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

    private static readonly string[] AddressSettings = [WebHostDefaults.ServerUrlsKey, WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey];

    /// <summary>Takes settings from environment variables with the <see cref="EnvironmentPrefix"/>; they are the strongest.</summary>
    public static IHostApplicationBuilder AddPrefixedEnvironment(this IHostApplicationBuilder builder)
    {
        builder.Configuration.AddEnvironmentVariables(EnvironmentPrefix);
        return builder;
    }

    /// <summary>Listens on <paramref name="url"/> where no address and no port is configured.</summary>
    public static WebApplicationBuilder UseDefaultAddress(this WebApplicationBuilder builder, string url)
    {
        var configuration = builder.Configuration;
        if (AddressSettings.All(setting => string.IsNullOrWhiteSpace(configuration[setting])) && !configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            builder.WebHost.UseUrls(url);
        }

        return builder;
    }
}

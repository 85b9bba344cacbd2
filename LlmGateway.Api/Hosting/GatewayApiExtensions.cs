using System.Globalization;
using System.Text;
using LlmGateway.Api.Authentication;
using LlmGateway.Api.Docs;
using LlmGateway.Api.Inference;
using LlmGateway.Api.Models;
using LlmGateway.Api.Streaming;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Routing;
using LlmGateway.Providers;
using LlmGateway.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Hosting;

/// <summary>The HTTP edge as parts that any host can take up.</summary>
public static class GatewayApiExtensions
{
    /// <summary>Environment variables beginning so are settings: <c>LLM_GATEWAY__Server__MaxJsonDepth</c> is <c>Server:MaxJsonDepth</c>.</summary>
    private const string EnvironmentPrefix = "LLM_GATEWAY__";

    /// <summary>Room that Kestrel leaves above the configured limits, so that the answer to too much is the gateway's own.</summary>
    private const int KestrelMaxHeaders = 16 * 1024;

    private const int KestrelMaxHeaderBytes = 64 * 1024;

    public static WebApplicationBuilder AddGatewayApi(this WebApplicationBuilder builder)
    {
        builder.Configuration.AddEnvironmentVariables(EnvironmentPrefix);
        WellKnownSettings.Add(builder.Configuration);
        builder.AddServiceDefaults();
        builder.Services.AddGateway(builder.Configuration).AddProviderDialects();
        builder.Services.AddEdge(builder.Configuration);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The edge bounds bodies itself, with an answer that says so.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MaxRequestHeaderCount = KestrelMaxHeaders;
            kestrel.Limits.MaxRequestHeadersTotalSize = KestrelMaxHeaderBytes;
            // Takes every byte: Kestrel's own encoding refuses what is no UTF-8 with an empty answer.
            kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        });
        return builder;
    }

    public static WebApplication MapGatewayApi(this WebApplication app)
    {
        // All mistakes of the configuration at once, before anything below stumbles over the first.
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        app.UseMiddleware<EdgeMiddleware>();
        app.UseRouting();
        app.UseMiddleware<ApiKeyMiddleware>();
        app.MapInference();
        app.MapModels();
        app.MapDocs();
        app.MapServiceDefaults();
        return app;
    }

    private static void AddEdge(this IServiceCollection services, IConfiguration configuration)
    {
        // Configured and not bound: a reload must not throw where it is noticed. What takes effect while running looks by itself.
        services.AddOptions<ServerOptions>().Configure(options => configuration.GetSection("Server").Bind(options)).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<AuthenticationOptions>().Configure(options => options.Read(configuration)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AuthenticationOptions>, AuthenticationOptionsValidator>();
        services.TryAddSingleton<IApiKeyStore, ConfiguredApiKeyStore>();
        services.AddSingleton<RequestBodyReader>();
        services.AddSingleton<SseAnswerWriter>();
        services.AddSingleton<InferenceEndpoint>();
        // Read on its own: the host asks for it before the settings have been validated.
        services.Configure<HostOptions>(host =>
        {
            if (TimeSpan.TryParse(configuration["Server:DrainTimeout"], CultureInfo.InvariantCulture, out var drain) && drain >= TimeSpan.Zero)
            {
                host.ShutdownTimeout = drain;
            }
        });
        services.AddHealthChecks().AddCheck<ProvidersHealthCheck>("providers");
    }
}

/// <summary>
/// Ready once every provider has been asked; degraded while some cannot be reached. Never unready because of them: a gateway that
/// explains a dead provider beats one that is taken out of the load balancer together with all its replicas.
/// </summary>
internal sealed class ProvidersHealthCheck(ModelDirectory directory) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!directory.IsReady)
        {
            return Task.FromResult(HealthCheckResult.Unhealthy("Providers are still being asked for their models."));
        }

        var failed = directory.Current.Providers.Where(p => p.Error is not null).Select(p => p.Provider.Name).ToArray();
        return Task.FromResult(failed.Length == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded($"Cannot be used: {string.Join(", ", failed)}."));
    }
}

using System.Globalization;
using System.Text;
using LlmGateway.Api.Admin;
using LlmGateway.Api.Admin.Queues;
using LlmGateway.Api.Authentication;
using LlmGateway.Api.Batches;
using LlmGateway.Api.Docs;
using LlmGateway.Api.Files;
using LlmGateway.Api.Health;
using LlmGateway.Api.Inference;
using LlmGateway.Api.Jobs;
using LlmGateway.Api.Jobs.Events;
using LlmGateway.Api.Models;
using LlmGateway.Api.Providers;
using LlmGateway.Api.Query;
using LlmGateway.Api.Streaming;
using LlmGateway.Api.Telemetry;
using LlmGateway.Api.Users;
using LlmGateway.Api.Webhooks;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Usage;
using LlmGateway.Data.Audit;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Usage;
using LlmGateway.Providers;
using LlmGateway.ServiceDefaults;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.ServiceDefaults.Messaging;
using LlmGateway.ServiceDefaults.Webhooks;
using LlmGateway.Settings;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Hosting;

/// <summary>The HTTP edge as parts that any host can take up.</summary>
public static class GatewayApiExtensions
{
    /// <summary>Room that Kestrel leaves above the configured limits, so that the answer to too much is the gateway's own.</summary>
    private const int KestrelMaxHeaders = 16 * 1024;

    private const int KestrelMaxHeaderBytes = 64 * 1024;

    public static WebApplicationBuilder AddGatewayApi(this WebApplicationBuilder builder)
    {
        builder.AddPrefixedEnvironment();
        builder.UseWellKnownAddress("0.0.0.0");
        WellKnownSettings.AddProviders(builder.Configuration);
        WellKnownSettings.AddRouting(builder.Configuration);
        WellKnownJobs.Add(builder.Configuration);
        builder.ResolveServiceNames("Providers");
        builder.AddServiceDefaults();
        builder.RequireConnections(Connections.Redis, Connections.Database, Connections.Broker);
        builder.AddRecords();
        builder.AddGatewayRedis();
        builder.AddFleet("api");
        builder.AddJobEventLog();
        builder.AddJobHints();
        builder.Services.AddGateway(builder.Configuration).AddProviderDialects();
        builder.Services.AddEdge(builder.Configuration);
        builder.Services.AddJobsApi(builder.Configuration);
        builder.Services.AddWebhookTargets(builder.Configuration);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(ConnectionCount.Count));
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
        // Nobody asks for the instruments; they are there from the start.
        app.Services.GetRequiredService<CircuitMetrics>();
        app.UseServiceDefaults();
        if (app.Services.GetRequiredService<IOptions<ServerOptions>>().Value.AccessLog)
        {
            app.UseMiddleware<AccessLog>();
        }

        app.UseMiddleware<EdgeMiddleware>();
        app.UseRouting();
        app.UseMiddleware<ApiKeyMiddleware>();
        app.MapInference();
        app.MapJobs();
        app.MapJobEvents();
        app.MapModels();
        app.MapFiles();
        app.MapBatches();
        app.MapQuery();
        app.MapProviders();
        app.MapWebhooks();
        app.MapAdmin();
        app.MapDetailedHealth();
        app.MapDocs();
        app.MapServiceDefaults();
        return app;
    }

    /// <summary>What is kept and told about requests, as far as there are servers for it.</summary>
    private static void AddRecords(this IHostApplicationBuilder builder)
    {
        var hasDatabase = builder.AddDatabase();
        if (hasDatabase)
        {
            builder.Services.AddSingleton<IRequestObserver, UsageRecorder>();
            builder.Services.AddSingleton<RoutingAudit>();
            builder.Services.AddSingleton<IRequestObserver>(provider => provider.GetRequiredService<RoutingAudit>());
            builder.AddDatabaseKeys();
            builder.Services.AddSingleton<RightsAudit>();
            builder.Services.AddDatabaseJobs();
        }

        builder.AddGatewayBus(hasDatabase ? bus => bus.AddUserConsumers() : null);
        if (builder.HasConnection(Connections.Broker))
        {
            builder.Services.AddSingleton<IRequestObserver, EventRecorder>();
        }
    }

    private static void AddEdge(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<ServerOptions>(configuration, "Server");
        services.AddSettings<AuthenticationOptions>(configuration, AuthenticationOptions.Section);
        services.AddOptions<KeysRequirement>().Validate(
            keys => keys.HasDatabase || AuthenticationOptions.HasKeys(configuration), KeysRequirement.Mistake).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AuthenticationOptions>, AuthenticationOptionsValidator>();
        services.TryAddSingleton<ConfiguredApiKeyStore>();
        services.TryAddSingleton<IApiKeyStore>(provider => provider.GetRequiredService<ConfiguredApiKeyStore>());
        services.AddSingleton<RequestBodyReader>();
        services.AddSingleton<HeldAnswers>();
        services.AddSingleton<SseAnswerWriter>();
        services.AddSingleton<InferenceEndpoint>();
        services.AddSingleton<QueryEndpoint>();
        services.AddSingleton<ExplainEndpoint>();
        services.AddSingleton<CircuitsEndpoint>();
        services.AddSingleton<CircuitMetrics>();
        services.AddJobEvents();
        services.AddFilesApi(configuration);
        services.AddBatchesApi();
        services.AddQueueAdministration();
        // Read on its own: the host asks for it before the settings have been validated.
        services.Configure<HostOptions>(host =>
        {
            var server = new ServerOptions();
            host.ShutdownTimeout = Read("Server:ShutdownDelay", server.ShutdownDelay) + Read("Server:DrainTimeout", server.DrainTimeout);
        });
        services.AddHostedService<ShutdownDelay>();
        services.AddHostedService<LoopCheck>();

        TimeSpan Read(string name, TimeSpan otherwise) =>
            TimeSpan.TryParse(configuration[name], CultureInfo.InvariantCulture, out var value) && value >= TimeSpan.Zero ? value : otherwise;
    }
}

using LlmGateway.ServiceDefaults.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace LlmGateway.ServiceDefaults.Telemetry;

/// <summary>Traces, metrics and logs: collected always, sent over OTLP where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says to.</summary>
internal static class TelemetryExtensions
{
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string SamplerName = "OTEL_TRACES_SAMPLER";
    private const string ServiceName = "OTEL_SERVICE_NAME";

    /// <summary>Sources and meters whose name begins so are the product's own.</summary>
    private const string Own = "LlmGateway*";

    /// <summary>ASP.NET Core leaves OpenTelemetry's tags out of its spans unless told otherwise.</summary>
    private const string SuppressSpanTags = "Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData";

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        AppContext.SetSwitch(SuppressSpanTags, false);
        var configuration = builder.Configuration;
        builder.Services.AddOptions<TelemetryOptions>()
            .Configure(options => configuration.GetSection(TelemetryOptions.Section).Bind(options))
            .ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<PrometheusExporter>();
        // First of all hosted services: whatever others do at their start is seen.
        builder.Services.Insert(0, ServiceDescriptor.Singleton<IHostedService, TelemetryStart>());

        var export = !string.IsNullOrWhiteSpace(configuration[OtlpEndpoint]);
        var telemetry = new TelemetryBuilder(builder.Services)
            .ConfigureResource(resource => Describe(resource, builder))
            .WithMetrics(metrics => metrics
                .AddMeter(Own, "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime", "Npgsql", "MassTransit")
                .AddReader(services => new BaseExportingMetricReader(services.GetRequiredService<PrometheusExporter>())
                {
                    TemporalityPreference = MetricReaderTemporalityPreference.Cumulative,
                }));
        if (!export)
        {
            return;
        }

        telemetry.WithTracing(tracing =>
        {
            tracing.AddSource(Own, "Microsoft.AspNetCore", "System.Net.Http", "Npgsql", "MassTransit");
            if (string.IsNullOrWhiteSpace(configuration[SamplerName]))
            {
                tracing.SetSampler(services =>
                {
                    var limited = new RateLimitedSampler(
                        services.GetRequiredService<IOptions<TelemetryOptions>>().Value.TracesPerSecond, services.GetRequiredService<TimeProvider>());
                    return new ParentBasedSampler(limited, remoteParentSampled: new RemoteParentSampler(limited));
                });
            }
        });
        telemetry.WithLogging(null, logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });
        telemetry.UseOtlpExporter();
    }

    private static void Describe(ResourceBuilder resource, IHostApplicationBuilder builder)
    {
        // The name in the environment is the deployment's; Aspire sets it.
        if (string.IsNullOrWhiteSpace(builder.Configuration[ServiceName]))
        {
            resource.AddService(builder.Environment.ApplicationName, serviceVersion: ProductVersion.Text, autoGenerateServiceInstanceId: true);
        }

        resource.AddAttributes([new("deployment.environment.name", builder.Environment.EnvironmentName)]);
    }

    private sealed class TelemetryBuilder(IServiceCollection services) : IOpenTelemetryBuilder
    {
        public IServiceCollection Services { get; } = services;
    }

    /// <summary>Makes the providers before the first request, and sends what they still hold when the host stops.</summary>
    private sealed class TelemetryStart(IServiceProvider services) : IHostedLifecycleService
    {
        private const int FlushMilliseconds = 2000;

        public Task StartingAsync(CancellationToken cancellationToken)
        {
            _ = services.GetService<MeterProvider>();
            _ = services.GetService<TracerProvider>();
            _ = services.GetService<LoggerProvider>();
            return Task.CompletedTask;
        }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        // Also when the time for stopping is over: the last spans are those of the requests that took too long.
        public Task StoppedAsync(CancellationToken cancellationToken) => Task.Run(
            () => services.GetService<TracerProvider>()?.ForceFlush(FlushMilliseconds), CancellationToken.None);
    }
}

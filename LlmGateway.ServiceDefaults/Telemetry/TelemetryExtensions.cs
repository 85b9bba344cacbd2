using LlmGateway.ServiceDefaults.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace LlmGateway.ServiceDefaults.Telemetry;

/// <summary>
/// Traces, metrics and logs: collected always, sent over OTLP where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says to. Spans are .NET's own
/// (ASP.NET Core, HttpClient, Npgsql, MassTransit): OpenTelemetry's instrumentation packages for ASP.NET Core and HttpClient add a
/// diagnostic listener to every request and, on this version of .NET, nothing that the sources do not say themselves.
/// </summary>
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

        var export = !string.IsNullOrWhiteSpace(configuration[OtlpEndpoint]);
        var telemetry = builder.Services.AddOpenTelemetry()
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
            // Before the exporter, which then never sees what it takes out.
            tracing.AddProcessor(new BackgroundSpanFilter());
            if (string.IsNullOrWhiteSpace(configuration[SamplerName]))
            {
                tracing.SetSampler(services => new ParentBasedSampler(new RateLimitedSampler(
                    services.GetRequiredService<IOptions<TelemetryOptions>>().Value.TracesPerSecond, services.GetRequiredService<TimeProvider>())));
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
}

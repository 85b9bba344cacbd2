using LlmGateway.Data.Audit;
using LlmGateway.Data.Journal;
using LlmGateway.Data.Keys;
using LlmGateway.Data.Schema;
using LlmGateway.Data.Usage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LlmGateway.Data;

public static class GatewayDataExtensions
{
    /// <summary>The name of the connection string, the Aspire resource and the health check.</summary>
    public const string ConnectionName = "gatewaydb";

    private static readonly TimeSpan HealthCheckTimeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Adds the database of connection string <c>gatewaydb</c>: <see cref="GatewayDbContext"/>, an
    /// <see cref="NpgsqlDataSource"/>, migration at start, <see cref="IRecordWriter{T}"/> for <see cref="UsageRecord"/> and
    /// <see cref="AuditRecord"/>, and readiness checks. Nothing connects before the host starts.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no such connection string.</exception>
    public static IHostApplicationBuilder AddGatewayData(this IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var given = configuration.GetConnectionString(ConnectionName);
        if (string.IsNullOrWhiteSpace(given))
        {
            throw new InvalidOperationException($"Connection string '{ConnectionName}' is missing (ConnectionStrings__{ConnectionName}).");
        }

        var options = new DatabaseOptions();
        configuration.GetSection(DatabaseOptions.Section).Bind(options);
        var connectionString = ConnectionBounds.Apply(given, options);

        builder.Services.AddOptionsWithValidateOnStart<DatabaseOptions>()
            // Configured and not bound: a reload must not throw where it is noticed.
            .Configure(database => configuration.GetSection(DatabaseOptions.Section).Bind(database))
            .ValidateDataAnnotations();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.AddNpgsqlDbContext<GatewayDbContext>(ConnectionName, settings =>
        {
            settings.ConnectionString = connectionString;
            // Retrying inside the provider would turn a dead server into a request that hangs for half a minute.
            settings.DisableRetry = true;
            settings.DisableHealthChecks = true;
            // ServiceDefaults collects what Npgsql tells, once.
            settings.DisableTracing = true;
            settings.DisableMetrics = true;
        }, options => options.UseNpgsql(npgsql => npgsql.ConfigureDataSource(source => source.Name = ConnectionName)));
        builder.Services.AddSingleton(services =>
            new NpgsqlDataSourceBuilder(connectionString) { Name = $"{ConnectionName}-rows" }.UseLoggerFactory(services.GetService<ILoggerFactory>()).Build());
        builder.Services.AddHealthChecks().Add(new(
            ConnectionName, services => ActivatorUtilities.CreateInstance<DatabaseHealthCheck>(services),
            // Requests are served without it as far as they can be: not a reason to take every replica out of service at once.
            HealthStatus.Degraded, tags: ["ready"], timeout: HealthCheckTimeout));
        builder.Services.AddSingleton<IApiKeyTable, ApiKeyTable>();
        builder.Services.AddSingleton<DatabaseMigrator>();
        builder.Services.AddHostedService<MigrationService>();

        builder.Services.AddOptionsWithValidateOnStart<BatchWriterOptions>()
            .Configure(writer => configuration.GetSection(BatchWriterOptions.Section).Bind(writer))
            .ValidateDataAnnotations();
        builder.Services.AddWriter(UsageTable.Create);
        builder.Services.AddWriter(AuditTable.Create);
        return builder;
    }

    private static void AddWriter<T>(this IServiceCollection services, Func<NpgsqlDataSource, CopyTable<T>> table)
    {
        services.AddSingleton(provider => new BatchWriter<T>(
            () => table(provider.GetRequiredService<NpgsqlDataSource>()),
            provider.GetRequiredService<IOptions<BatchWriterOptions>>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<BatchWriter<T>>>()));
        services.AddSingleton<IRecordWriter<T>>(provider => provider.GetRequiredService<BatchWriter<T>>());
        services.AddHostedService(provider => provider.GetRequiredService<BatchWriter<T>>());
        services.AddHealthChecks().AddCheck<WriterHealthCheck<T>>(
            $"{typeof(T).Name.Replace("Record", "", StringComparison.Ordinal).ToLowerInvariant()}-writer", tags: ["ready"]);
    }
}

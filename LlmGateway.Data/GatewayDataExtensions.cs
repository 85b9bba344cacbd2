using LlmGateway.Data.Schema;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
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
    /// <see cref="NpgsqlDataSource"/>, migration at start and a readiness check. Nothing connects before the host starts.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no such connection string.</exception>
    public static IHostApplicationBuilder AddGatewayData(this IHostApplicationBuilder builder)
    {
        var given = builder.Configuration.GetConnectionString(ConnectionName);
        if (string.IsNullOrWhiteSpace(given))
        {
            throw new InvalidOperationException($"Connection string '{ConnectionName}' is missing (ConnectionStrings__{ConnectionName}).");
        }

        var options = new DatabaseOptions();
        builder.Configuration.GetSection(DatabaseOptions.Section).Bind(options);
        var connectionString = ConnectionBounds.Apply(given, options);

        builder.Services.AddOptionsWithValidateOnStart<DatabaseOptions>()
            .BindConfiguration(DatabaseOptions.Section)
            .ValidateDataAnnotations();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.AddNpgsqlDbContext<GatewayDbContext>(ConnectionName, settings =>
        {
            settings.ConnectionString = connectionString;
            // Retrying inside the provider would turn a dead server into a request that hangs for half a minute.
            settings.DisableRetry = true;
            settings.DisableHealthChecks = true;
        });
        builder.Services.AddSingleton(services =>
            new NpgsqlDataSourceBuilder(connectionString).UseLoggerFactory(services.GetService<Microsoft.Extensions.Logging.ILoggerFactory>()).Build());
        builder.Services.AddHealthChecks().Add(new(
            ConnectionName, services => ActivatorUtilities.CreateInstance<DatabaseHealthCheck>(services),
            failureStatus: null, tags: ["ready"], timeout: HealthCheckTimeout));
        builder.Services.AddSingleton<DatabaseMigrator>();
        builder.Services.AddHostedService<MigrationService>();
        return builder;
    }
}

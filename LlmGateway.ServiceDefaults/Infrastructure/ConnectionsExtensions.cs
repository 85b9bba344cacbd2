using LlmGateway.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Infrastructure;

/// <summary>The <c>Infrastructure</c> section.</summary>
public sealed class InfrastructureOptions
{
    public const string Section = "Infrastructure";

    /// <summary>
    /// Whether a missing connection string selects a counterpart in this process's memory instead of refusing to start. Nothing is
    /// then shared with other processes, and nothing outlives this one.
    /// </summary>
    /// <value>Without a value: true in environment Development, else false.</value>
    public bool? AllowInMemory { get; set; }
}

public static class ConnectionsExtensions
{
    /// <summary>Whether there is a connection string of this name.</summary>
    public static bool HasConnection(this IHostApplicationBuilder builder, string name) =>
        !string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString(name));

    /// <summary>
    /// Makes the host refuse to start, naming what is missing, when one of the connection strings is not configured and
    /// <see cref="InfrastructureOptions.AllowInMemory"/> does not permit that.
    /// </summary>
    public static IHostApplicationBuilder RequireConnections(this IHostApplicationBuilder builder, params string[] names)
    {
        var configuration = builder.Configuration;
        var development = builder.Environment.IsDevelopment();
        builder.Services.AddSettings<InfrastructureOptions>(configuration, InfrastructureOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<InfrastructureOptions>>(new Validator(
            options => options.AllowInMemory ?? development ? [] : [.. names.Where(name => string.IsNullOrWhiteSpace(configuration.GetConnectionString(name)))]));
        return builder;
    }

    private sealed class Validator(Func<InfrastructureOptions, IReadOnlyList<string>> missing) : IValidateOptions<InfrastructureOptions>
    {
        public ValidateOptionsResult Validate(string? name, InfrastructureOptions options)
        {
            var errors = missing(options)
                .Select(connection => $"Connection string '{connection}' is missing: set ConnectionStrings__{connection}. "
                    + "Only in Development, or with Infrastructure:AllowInMemory, does the service run without it, on its own memory.")
                .ToArray();
            return errors.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
        }
    }
}

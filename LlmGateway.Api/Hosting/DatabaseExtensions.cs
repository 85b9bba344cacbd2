using LlmGateway.Data;
using LlmGateway.Data.Schema;
using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.ServiceDefaults.Infrastructure;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Hosting;

/// <summary>PostgreSQL at the edge: there when connection string <c>gatewaydb</c> is, and the operator's commands for it.</summary>
public static class DatabaseExtensions
{
    /// <summary>Adds the database where one is configured. A connection string that cannot be read is one of the mistakes told at start.</summary>
    internal static bool AddDatabase(this IHostApplicationBuilder builder)
    {
        if (!builder.HasConnection(Connections.Database))
        {
            return false;
        }

        try
        {
            builder.AddGatewayData();
            return true;
        }
        catch (Exception e) when (Unreadable(e) is { } mistake)
        {
            builder.Services.AddSingleton<IValidateOptions<InfrastructureOptions>>(
                new ValidateOptions<InfrastructureOptions>(Options.DefaultName, _ => false, mistake));
            return false;
        }
    }

    /// <summary>Runs <c>db …</c> instead of serving.</summary>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunDatabaseCommandAsync(this WebApplicationBuilder builder, string[] args)
    {
        builder.AddPrefixedEnvironment();
        if (!builder.HasConnection(Connections.Database))
        {
            await Console.Error.WriteLineAsync(
                $"Connection string '{Connections.Database}' is missing: set ConnectionStrings__{Connections.Database}, "
                + "such as 'Host=localhost;Database=gatewaydb;Username=postgres;Password=…'.");
            return 1;
        }

        try
        {
            builder.AddGatewayData();
            await using var app = builder.Build();
            return await DatabaseCommands.RunAsync(args, app.Services, Console.In, Console.Out);
        }
        catch (Exception e) when (Unreadable(e) is { } mistake)
        {
            await Console.Error.WriteLineAsync(mistake);
            return 1;
        }
    }

    /// <summary>What is wrong with the settings, without quoting the connection string: it holds the password.</summary>
    private static string? Unreadable(Exception e) => e switch
    {
        OptionsValidationException invalid => string.Join(Environment.NewLine, invalid.Failures),
        InvalidOperationException { InnerException: FormatException or ArgumentException or OverflowException } => e.Message,
        ArgumentException or FormatException or InvalidCastException or OverflowException =>
            $"Connection string '{Connections.Database}' cannot be read: {e.Message}",
        _ => null,
    };
}

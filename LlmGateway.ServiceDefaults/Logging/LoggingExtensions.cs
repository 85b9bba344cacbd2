using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace LlmGateway.ServiceDefaults.Logging;

internal static class LoggingExtensions
{
    private const string FormatterSetting = "Logging:Console:FormatterName";

    /// <summary>What would fill the log of a busy or a half-broken service with one line per batch or probe.</summary>
    private static readonly Dictionary<string, string?> QuietCategories = new()
    {
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        ["Logging:LogLevel:Microsoft.EntityFrameworkCore"] = "Warning",
        ["Logging:LogLevel:Npgsql"] = "Warning",
        ["Logging:LogLevel:StackExchange.Redis"] = "Warning",
        // Its warnings are one per attempt to reach a broker that is unavailable, which BrokerHealthCheck and readiness say.
        ["Logging:LogLevel:MassTransit"] = "Error",
        // The host runner says in plain words why a service could not start.
        ["Logging:LogLevel:Microsoft.Extensions.Hosting"] = "Warning",
        ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical",
        // Readiness says it, at every probe.
        ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "Critical",
    };

    /// <summary>
    /// JSON lines on the console, except in Development, where people read them. <c>Logging:Console:FormatterName</c> decides
    /// otherwise (<c>simple</c>, <c>systemd</c>, <c>json</c>, <c>gateway-json</c>).
    /// </summary>
    public static void AddJsonLogs(this IHostApplicationBuilder builder)
    {
        // The weakest source: a level that anybody sets wins.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = QuietCategories });
        // Makes the formatter known; it adds no console where the host has taken that out.
        builder.Services.AddSingleton<ConsoleFormatter, JsonLogFormatter>();
        if (!builder.Environment.IsDevelopment() && string.IsNullOrWhiteSpace(builder.Configuration[FormatterSetting]))
        {
            builder.Services.Configure<ConsoleLoggerOptions>(console => console.FormatterName = JsonLogFormatter.FormatterName);
        }
    }
}

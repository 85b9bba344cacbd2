using System.Data.Common;
using LlmGateway.Settings.Files;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Hosting;

/// <summary>Runs a service, and tells people plainly why one cannot start.</summary>
public static class HostRunner
{
    /// <summary>A host whose settings lie beside the program, wherever it is started from.</summary>
    public static WebApplicationBuilder NewBuilder(string[] args) =>
        WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });

    /// <summary>Builds, starts and runs until stopped.</summary>
    /// <param name="build">Makes the host with all its services.</param>
    /// <param name="map">Adds middleware and endpoints.</param>
    /// <param name="started">Called when requests are being served.</param>
    /// <returns>The exit code of the process: 0, or 1 when it could not start.</returns>
    public static async Task<int> RunAsync(Func<Task<WebApplicationBuilder>> build, Action<WebApplication> map, Func<WebApplication, Task>? started = null)
    {
        WebApplication? app = null;
        try
        {
            app = (await build()).Build();
            map(app);
            await app.StartAsync();
        }
        catch (OperationCanceledException) when (app is { Lifetime.ApplicationStopping.IsCancellationRequested: true })
        {
            // Asked to stop while it was starting: that is no failure, and what has started already is to end in order.
            await using (app)
            {
                await app.StopAsync();
            }

            return 0;
        }
        catch (Exception e)
        {
            await TellAsync(e);
            return 1;
        }

        await using (app)
        {
            if (started is not null)
            {
                await started(app);
            }

            await app.WaitForShutdownAsync();
        }

        return 0;
    }

    /// <summary>The same for a host that needs nothing to be waited for.</summary>
    public static Task<int> RunAsync(Func<WebApplicationBuilder> build, Action<WebApplication> map) => RunAsync(() => Task.FromResult(build()), map);

    /// <summary>Runs a command of a program, and tells people plainly why it cannot be run.</summary>
    public static async Task<int> CommandAsync(Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (Exception e) when (Explain(e) is { Length: > 0 })
        {
            await TellAsync(e);
            return 1;
        }
    }

    private static async Task TellAsync(Exception e)
    {
        await Console.Error.WriteLineAsync($"{ProductVersion.Program} could not start:");
        var reasons = Explain(e);
        foreach (var reason in reasons.Distinct(StringComparer.Ordinal))
        {
            await Console.Error.WriteLineAsync($"  - {reason}");
        }

        if (reasons.Length == 0)
        {
            // Nobody thought of it: whoever mends it needs to know where it came from.
            await Console.Error.WriteLineAsync(e.ToString());
        }
    }

    private static string[] Explain(Exception e) => e switch
    {
        SettingsException settings => [.. settings.Mistakes],
        OptionsValidationException invalid => [.. invalid.Failures],
        AggregateException several when several.InnerExceptions.All(inner => inner is OptionsValidationException) =>
            [.. several.InnerExceptions.SelectMany(Explain)],
        // .NET's own reading of a settings file.
        InvalidDataException unreadable => [$"{unreadable.Message} {unreadable.InnerException?.InnerException?.Message ?? unreadable.InnerException?.Message}".Trim()],
        // A value that is no number or no time span; the message names setting and value.
        InvalidOperationException { InnerException: FormatException or ArgumentException or OverflowException } unreadable => [unreadable.Message],
        // A server that is needed at start did not answer; the message says which, and how long it was waited for.
        TimeoutException late => [late.Message],
        InvalidOperationException { InnerException: DbException database } => Explain(database),
        DbException database => [$"The database could not be brought up to date: {database.Message} See the log, and 'db status'."],
        // An address to listen on that is none.
        FormatException address => [$"{address.Message} An address is written as http://127.0.0.1:PORT (--urls)."],
        UnauthorizedAccessException denied => [denied.Message],
        IOException io when io.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException =>
            [$"{io.Message} Choose another address with --urls http://127.0.0.1:PORT."],
        IOException io => [io.Message],
        _ => [],
    };
}

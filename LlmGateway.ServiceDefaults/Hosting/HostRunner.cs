using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Hosting;

/// <summary>Runs a service, and tells people plainly why one cannot start.</summary>
public static class HostRunner
{
    /// <summary>Builds, starts and runs until stopped.</summary>
    /// <param name="builder">The host with all its services.</param>
    /// <param name="map">Adds middleware and endpoints.</param>
    /// <param name="started">Called when requests are being served.</param>
    /// <returns>The exit code of the process: 0, or 1 when the settings are wrong or the address is taken.</returns>
    public static async Task<int> RunAsync(WebApplicationBuilder builder, Action<WebApplication> map, Func<WebApplication, Task>? started = null)
    {
        WebApplication? app = null;
        try
        {
            app = builder.Build();
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
        catch (Exception e) when (Explain(e) is { Length: > 0 } reasons)
        {
            await Console.Error.WriteLineAsync($"{builder.Environment.ApplicationName} could not start:");
            foreach (var reason in reasons)
            {
                await Console.Error.WriteLineAsync($"  - {reason}");
            }

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

    private static string[] Explain(Exception e) => e switch
    {
        OptionsValidationException invalid => [.. invalid.Failures],
        AggregateException several when several.InnerExceptions.All(inner => inner is OptionsValidationException) =>
            [.. several.InnerExceptions.SelectMany(Explain)],
        // A value that is no number or no time span; the message names setting and value.
        InvalidOperationException { InnerException: FormatException or ArgumentException or OverflowException } unreadable => [unreadable.Message],
        // A server that is needed at start did not answer; the message says which, and how long it was waited for.
        TimeoutException late => [late.Message],
        IOException taken => [$"{taken.Message} Choose another address with --urls http://127.0.0.1:PORT."],
        _ => [],
    };
}

using LlmGateway.Core.Providers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace LlmGateway.Core.Routing;

/// <summary>
/// Takes changed settings of providers, aliases and routing over while running. Settings with mistakes are not taken over at all, and
/// every mistake is logged.
/// </summary>
internal sealed partial class CatalogueReloader(
    IConfiguration configuration, IOptionsFactory<ProvidersOptions> providers, IOptionsFactory<RoutingOptions> routing,
    CatalogueBuilder builder, ModelDirectory directory, RoutingState state, ILogger<CatalogueReloader> logger) : BackgroundService
{
    /// <summary>An editor may write a file in several steps.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _changed = new(0, 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var registration = ChangeToken.OnChange(configuration.GetReloadToken, Signal);
        while (true)
        {
            await _changed.WaitAsync(stoppingToken);
            await Task.Delay(Settle, stoppingToken);
            await ReloadAsync();
        }
    }

    /// <summary>Reads the settings as they are now.</summary>
    internal async Task ReloadAsync()
    {
        try
        {
            var newProviders = providers.Create(Options.DefaultName);
            var newRouting = routing.Create(Options.DefaultName);
            state.Replace(newRouting);
            await directory.ReplaceAsync(builder.Build(newProviders));
            LogReloaded(newProviders.Providers.Count, newProviders.Aliases.Count);
        }
        catch (OptionsValidationException invalid)
        {
            foreach (var failure in invalid.Failures)
            {
                LogRefused(failure);
            }
        }
        catch (InvalidOperationException unreadable)
        {
            // A value that is no number or no time span; the message names setting and value.
            LogRefused(unreadable.Message);
        }
    }

    public override void Dispose()
    {
        _changed.Dispose();
        base.Dispose();
    }

    private void Signal()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // Seen already.
        }
    }

    [LoggerMessage(LogLevel.Information, "Settings were read again: {Providers} providers, {Aliases} aliases")]
    private partial void LogReloaded(int providers, int aliases);

    [LoggerMessage(LogLevel.Error, "Changed settings are not taken over: {Reason}")]
    private partial void LogRefused(string reason);
}

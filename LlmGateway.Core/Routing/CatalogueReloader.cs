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
internal sealed partial class CatalogueReloader : BackgroundService
{
    /// <summary>An editor may write a file in several steps.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(250);

    private readonly IOptionsFactory<ProvidersOptions> _providers;
    private readonly IOptionsFactory<RoutingOptions> _routing;
    private readonly CatalogueBuilder _builder;
    private readonly ModelDirectory _directory;
    private readonly RoutingState _state;
    private readonly ILogger<CatalogueReloader> _logger;
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly IDisposable _registration;

    public CatalogueReloader(
        IConfiguration configuration, IOptionsFactory<ProvidersOptions> providers, IOptionsFactory<RoutingOptions> routing,
        CatalogueBuilder builder, ModelDirectory directory, RoutingState state, ILogger<CatalogueReloader> logger)
    {
        (_providers, _routing, _builder, _directory, _state, _logger) = (providers, routing, builder, directory, state, logger);

        // Here and not where the loop begins, which is some time after the host has started: no change is missed.
        _registration = ChangeToken.OnChange(configuration.GetReloadToken, Signal);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
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
            var newProviders = _providers.Create(Options.DefaultName);
            var newRouting = _routing.Create(Options.DefaultName);
            if (newProviders.Providers.Count == 0 && _directory.Current.Providers.Count > 0)
            {
                // A file that is gone for a moment must not take every model away.
                LogRefused("no provider is left; that needs a restart.");
                return;
            }

            var catalogue = _builder.Build(newProviders);
            _state.Replace(newRouting);
            await _directory.ReplaceAsync(catalogue);
            LogReloaded(newProviders.Providers.Count, newProviders.Aliases.Count);
        }
        catch (OptionsValidationException invalid)
        {
            foreach (var failure in invalid.Failures)
            {
                LogRefused(failure);
            }
        }
        catch (Exception unreadable) when (unreadable is not OperationCanceledException)
        {
            // A value that is no number or no time span; the message names setting and value.
            LogRefused(unreadable.Message);
        }
    }

    public override void Dispose()
    {
        _registration.Dispose();
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

using LlmGateway.Core.Providers;
using LlmGateway.Settings.Reload;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmGateway.Core.Routing;

/// <summary>Takes changed settings of providers, aliases and routing over while running. Hosted so that it is there from the start.</summary>
internal sealed partial class CatalogueReloader : IReloadedSettings, IHostedService
{
    private readonly IOptionsFactory<ProvidersOptions> _providers;
    private readonly IOptionsFactory<RoutingOptions> _routing;
    private readonly CatalogueBuilder _builder;
    private readonly ModelDirectory _directory;
    private readonly RoutingState _state;
    private readonly ILogger<CatalogueReloader> _logger;

    public CatalogueReloader(
        SettingsReloader reloader, IOptionsFactory<ProvidersOptions> providers, IOptionsFactory<RoutingOptions> routing,
        CatalogueBuilder builder, ModelDirectory directory, RoutingState state, ILogger<CatalogueReloader> logger)
    {
        (_providers, _routing, _builder, _directory, _state, _logger) = (providers, routing, builder, directory, state, logger);
        reloader.Add(this);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public IEnumerable<string> Mistakes()
    {
        ProvidersOptions providers;
        try
        {
            providers = _providers.Create(Options.DefaultName);
        }
        catch (OptionsValidationException)
        {
            // Told already.
            yield break;
        }

        if (providers.Providers.Count == 0 && _directory.Current.Providers.Count > 0)
        {
            yield return "No provider is left in Providers; taking all of them away needs a restart.";
        }
    }

    public Action Prepare()
    {
        var providers = _providers.Create(Options.DefaultName);
        var routing = _routing.Create(Options.DefaultName);
        return () =>
        {
            _state.Replace(routing);
            _ = _directory.ReplaceAsync(_builder.Build(providers));
            LogReloaded(providers.Providers.Count, providers.Aliases.Count);
        };
    }

    [LoggerMessage(LogLevel.Information, "Settings reloaded; providers: {Providers}, aliases: {Aliases}")]
    private partial void LogReloaded(int providers, int aliases);
}

using LlmGateway.Contracts.Fleet;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;

namespace LlmGateway.Core.Tests.Support;

/// <summary>Directories and routers without a host.</summary>
internal static class Routes
{
    public static ModelDirectory Directory(TimeProvider time, params (IModelProvider Provider, ProviderOptions Options)[] providers) =>
        new(Catalogue(providers), new TargetRegistry(time), time);

    public static Catalogue Catalogue(params (IModelProvider Provider, ProviderOptions Options)[] providers) =>
        new([.. providers.Select(Configured)], Core.Routing.Catalogue.NoAliases);

    public static ConfiguredProvider Configured((IModelProvider Provider, ProviderOptions Options) p) =>
        new(p.Provider, p.Options) { Security = p.Options.SecurityLevel ?? Core.Sensitivity.SecurityLevel.Medium };

    public static Router Router(ModelDirectory directory, FleetState? fleet = null, RoutingOptions? options = null, TimeProvider? time = null) =>
        new(directory, new RoutingState(options ?? new RoutingOptions()), new RoutePlanner(fleet ?? new FleetState(), new Random(1)), time ?? TimeProvider.System, new Random(1));
}

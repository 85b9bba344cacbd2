namespace LlmGateway.Core.Routing;

/// <summary>Holds the routing settings that are in force: one volatile reference.</summary>
public sealed class RoutingState(RoutingOptions options)
{
    private volatile RoutingOptions _current = options;

    public RoutingOptions Current => _current;

    public void Replace(RoutingOptions options) => _current = options;
}

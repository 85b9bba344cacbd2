using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmGateway.AppHost.Commands;

/// <summary>What the dashboard offers on the api's row.</summary>
internal static class DashboardCommands
{
    /// <param name="key">An administrator's key of the api.</param>
    /// <param name="database">Where keys are kept.</param>
    public static IResourceBuilder<ProjectResource> WithDashboardCommands(
        this IResourceBuilder<ProjectResource> api, IResourceBuilder<ParameterResource> key, IResourceBuilder<IResourceWithConnectionString> database)
    {
        var gateway = new GatewayApi(api.GetEndpoint("http"), key.Resource);
        return api
            .WithTestPrompt(gateway)
            .WithNewKey(database.Resource)
            .WithQueueCommands(gateway)
            .WithCircuitReset(gateway);
    }

    /// <summary>Commands need the api, or the database that it waits for.</summary>
    public static ResourceCommandState EnabledWhenHealthy(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.HealthStatus == HealthStatus.Healthy ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;
}

namespace LlmGateway.AppHost.Commands;

internal static class CircuitCommand
{
    public static IResourceBuilder<ProjectResource> WithCircuitReset(this IResourceBuilder<ProjectResource> api, GatewayApi gateway) =>
        api.WithCommand("reset-circuits", "Reset circuits", context => ResetAsync(gateway, context), new CommandOptions
        {
            Description = "Closes all circuits and ends all cooldowns",
            IconName = "ArrowReset",
            ConfirmationMessage = "Providers that failed are called again at once. Reset all circuits?",
            UpdateState = DashboardCommands.EnabledWhenHealthy,
        });

    private static async Task<ExecuteCommandResult> ResetAsync(GatewayApi gateway, ExecuteCommandContext context)
    {
        var (answer, error) = await gateway.SendAsync(HttpMethod.Post, "/admin/circuits/reset", null, context.CancellationToken);
        return answer is { } done
            ? CommandResults.Success($"Circuits reset: {done.GetProperty("reset").GetInt32()}.")
            : CommandResults.Failure(error!);
    }
}

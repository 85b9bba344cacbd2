namespace LlmGateway.AppHost.Commands;

internal static class QueueCommands
{
    private const string Queue = "queue";

    private static readonly string[] Queues = ["chat", "embeddings", "batch"];

    public static IResourceBuilder<ProjectResource> WithQueueCommands(this IResourceBuilder<ProjectResource> api, GatewayApi gateway) => api
        .WithQueueCommand(gateway, "pause", "Pause a queue", "No job of the queue is started until it is resumed; new ones are accepted and wait", "Pause",
            "No job of the queue will be started until it is resumed, also after a restart. Pause it?")
        .WithQueueCommand(gateway, "resume", "Resume a queue", "Jobs of the queue are started again", "Play", confirmation: null);

    private static IResourceBuilder<ProjectResource> WithQueueCommand(
        this IResourceBuilder<ProjectResource> api, GatewayApi gateway, string verb, string title, string description, string icon, string? confirmation) =>
        api.WithCommand($"{verb}-queue", title, context => SendAsync(gateway, verb, context), new CommandOptions
        {
            Description = description,
            IconName = icon,
            ConfirmationMessage = confirmation,
            UpdateState = DashboardCommands.EnabledWhenHealthy,
            Arguments =
            [
                new InteractionInput
                {
                    Name = Queue,
                    Label = "Queue",
                    InputType = InputType.Choice,
                    Required = true,
                    Value = Queues[0],
                    Options = [.. Queues.Select(queue => KeyValuePair.Create(queue, queue))],
                },
            ],
        });

    private static async Task<ExecuteCommandResult> SendAsync(GatewayApi gateway, string verb, ExecuteCommandContext context)
    {
        var queue = context.Arguments.GetString(Queue) ?? "";
        var (answer, error) = await gateway.SendAsync(
            HttpMethod.Post, $"/admin/queue/{Uri.EscapeDataString(queue)}/{verb}", null, context.CancellationToken);
        if (answer is not { } done)
        {
            return CommandResults.Failure(error!);
        }

        var state = verb == "pause" ? "paused" : "running";
        return CommandResults.Success($"Queue {queue} {(done.GetProperty("changed").GetBoolean() ? "is" : "was already")} {state}.");
    }
}

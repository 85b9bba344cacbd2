using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace LlmGateway.AppHost.ClosedNetwork;

/// <summary>Brings a model to its server, and its progress to the dashboard.</summary>
internal static partial class OllamaModelPull
{
    public static async Task RunAsync(
        OllamaModelResource model, ResourceNotificationService notifications, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            var server = new OllamaModels(new Uri(model.Parent.PrimaryEndpoint.Url));
            // A model that is there needs no network.
            if (!await server.HasAsync(model.ModelName, cancellationToken))
            {
                var shown = "";
                await server.PullAsync(
                    model.ModelName,
                    async (status, part) =>
                    {
                        var state = part is null ? "Pulling" : FormattableString.Invariant($"Pulling {Math.Floor(part.Value * 100)}%");
                        if (state != shown)
                        {
                            shown = state;
                            LogProgress(logger, status, state);
                            await SetAsync(model, notifications, new ResourceStateSnapshot(state, KnownResourceStateStyles.Info));
                        }
                    },
                    cancellationToken);
            }

            await SetAsync(model, notifications, new ResourceStateSnapshot(KnownResourceStates.Running, KnownResourceStateStyles.Success));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or InvalidOperationException or OperationCanceledException)
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                LogFailed(logger, model.ModelName, e.Message);
                await SetAsync(model, notifications, new ResourceStateSnapshot(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error));
            }
        }
    }

    private static Task SetAsync(OllamaModelResource model, ResourceNotificationService notifications, ResourceStateSnapshot state) =>
        notifications.PublishUpdateAsync(model, snapshot => snapshot with { State = state });

    [LoggerMessage(LogLevel.Information, "{Status} ({State})")]
    private static partial void LogProgress(ILogger logger, string status, string state);

    [LoggerMessage(LogLevel.Error, "Model {Model} could not be pulled: {Reason}")]
    private static partial void LogFailed(ILogger logger, string model, string reason);
}

using LlmGateway.Core.Errors;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmGateway.Core.Routing;

/// <summary>Keeps the <see cref="ModelDirectory"/> fresh: at start, then every half minute.</summary>
internal sealed partial class ModelDiscovery(ModelDirectory directory, TimeProvider time, ILogger<ModelDiscovery> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);
    private readonly Dictionary<string, bool> _reachable = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            await directory.RefreshAsync(stoppingToken);
            Report();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Says what changed, not what stayed.</summary>
    private void Report()
    {
        foreach (var state in directory.Current.Providers)
        {
            var reachable = state.Error is null;
            if (_reachable.TryGetValue(state.Provider.Name, out var before) && before == reachable)
            {
                continue;
            }

            _reachable[state.Provider.Name] = reachable;
            if (state.Error is { } error)
            {
                LogUnreachable(state.Provider.Name, ErrorMapper.Code(error), error.Message);
            }
            else
            {
                LogReachable(state.Provider.Name, state.Options.Models.Count + state.Listing.Count(m => !state.Options.Models.ContainsKey(m.Id)));
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "Provider {Provider} can be used; models: {Count}")]
    private partial void LogReachable(string provider, int count);

    [LoggerMessage(LogLevel.Warning, "Provider {Provider} cannot be used: {Code}: {Reason}")]
    private partial void LogUnreachable(string provider, string code, string reason);
}

using LlmGateway.Contracts.Failures;
using LlmGateway.Data.Keys;

namespace LlmGateway.Api.Authentication;

/// <summary>Notes in the database when keys were last used, off the request path.</summary>
internal sealed partial class KeyUseRecorder(DatabaseApiKeyStore keys, IApiKeyTable table, TimeProvider time, ILogger<KeyUseRecorder> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(2);
    private static readonly byte[] NoKey = new byte[32];

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await RecordAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The first lookup opens a connection and loads code; better now than while a request waits.
        await TryAsync(limit => table.FindAsync(NoKey, limit));
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await RecordAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What was used since the last tick is written by StopAsync.
        }
    }

    private Task RecordAsync()
    {
        var used = keys.TakeUsed();
        return used.Count == 0 ? Task.CompletedTask : TryAsync(limit => table.TouchAsync(used, limit));
    }

    /// <summary>A time of last use that is missed is no harm.</summary>
    private async Task TryAsync(Func<CancellationToken, Task> work)
    {
        using var limit = new CancellationTokenSource(WriteTimeout, time);
        try
        {
            await work(limit.Token).WaitAsync(WriteTimeout * 2, time);
        }
        catch (Exception e)
        {
            Defects.Note(logger, e);
            LogMissed(e.Message);
        }
    }

    [LoggerMessage(LogLevel.Debug, "The use of API keys was not noted: {Reason}")]
    private partial void LogMissed(string reason);
}

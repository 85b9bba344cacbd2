using LlmGateway.Data.Jobs;

namespace LlmGateway.Worker.Batches;

/// <summary>
/// Repeats calls to a store that does not answer, so that a restart of the database costs a batch no attempt. For calls that may be made
/// twice.
/// </summary>
internal sealed partial class StoreRetry(TimeProvider time, ILogger<StoreRetry> logger)
{
    /// <summary>So long after the first failure of a series the attempt is given up; the lease is lost by then in any case.</summary>
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(3);

    /// <exception cref="StoreUnavailableException">The store stayed away.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> has fired.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken stop)
    {
        long? since = null;
        var delay = FirstDelay;
        while (true)
        {
            try
            {
                return await call(stop);
            }
            catch (StoreUnavailableException e) when (time.GetElapsedTime(since ??= time.GetTimestamp()) < GiveUpAfter && !stop.IsCancellationRequested)
            {
                LogAway(e, delay.TotalSeconds);
            }

            await Task.Delay(delay, time, stop);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The store of batches does not answer; asking again in {Seconds} s.")]
    private partial void LogAway(Exception e, double seconds);
}

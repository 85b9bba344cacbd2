namespace LlmGateway.Api.Jobs.Events;

/// <summary>
/// Ends the wait of one loop. Signals that come while the loop is at work end its next wait at once; many count as one. Nothing is thrown
/// when there is none: thousands of waits end that way every second.
/// </summary>
internal sealed class FollowSignal
{
    private volatile TaskCompletionSource _set = Create();

    public void Set() => _set.TrySetResult();

    public async Task WaitAsync()
    {
        await _set.Task;
        // A signal before this line is lost, and what it stands for is seen by the work that follows.
        _set = Create();
    }

    /// <summary>Waits no longer than <paramref name="limit"/>.</summary>
    public async Task WaitAsync(TimeSpan limit, TimeProvider time)
    {
        if (limit <= TimeSpan.Zero)
        {
            return;
        }

        await using var timer = time.CreateTimer(static signal => ((FollowSignal)signal!).Set(), this, limit, Timeout.InfiniteTimeSpan);
        await WaitAsync();
    }

    private static TaskCompletionSource Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

namespace LlmGateway.ServiceDefaults.Fleet;

/// <summary>
/// Ends the wait of one waiting loop early. Signals that come while the loop is at work end its next wait at once; many count as one.
/// </summary>
internal sealed class WakeSignal(TimeProvider time)
{
    private volatile TaskCompletionSource _set = Create();

    public void Set() => _set.TrySetResult();

    /// <summary>Waits for a signal, at most <paramref name="limit"/>; true when there was one.</summary>
    public async Task<bool> WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await _set.Task.WaitAsync(limit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return false;
        }

        // A signal between these two lines is lost, and what it stands for is seen by the work that follows.
        _set = Create();
        return true;
    }

    private static TaskCompletionSource Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

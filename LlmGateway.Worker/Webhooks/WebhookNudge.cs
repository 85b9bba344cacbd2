namespace LlmGateway.Worker.Webhooks;

/// <summary>Tells the delivery of webhooks that there may be one: a job of this process has ended.</summary>
internal interface IWebhookNudge
{
    /// <summary>Returns at once. One too many finds nothing, and one that is lost is made up for.</summary>
    void Wake();
}

/// <summary>Ends the wait of the one loop that delivers; many signals count as one.</summary>
internal sealed class WebhookNudge(TimeProvider time) : IWebhookNudge
{
    private volatile TaskCompletionSource _set = Create();

    public void Wake() => _set.TrySetResult();

    /// <summary>Waits for a signal, at most <paramref name="limit"/>.</summary>
    public async Task WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await _set.Task.WaitAsync(limit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return;
        }

        // A signal between these two lines is lost, and what it stands for is seen by the look that follows.
        _set = Create();
    }

    private static TaskCompletionSource Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Admin.Queues;

/// <summary>
/// The figures of all queues, counted at most once a second however many ask: they are counts over a table that can be large.
/// </summary>
internal sealed class QueueBoard(IServiceProvider services, TimeProvider time)
{
    public static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Task<QueueReading>? _running;
    private QueueReading? _last;

    /// <summary>The queues; null at a gateway that keeps no jobs.</summary>
    public IJobQueues? Queues => services.GetService<IJobQueues>();

    /// <summary>The latest figures, however old; null before the first ones.</summary>
    public QueueReading? Last => Volatile.Read(ref _last);

    /// <summary>Figures that are at most <see cref="FreshFor"/> old.</summary>
    /// <exception cref="StoreUnavailableException">They cannot be counted now.</exception>
    public Task<QueueReading> ReadAsync(IJobQueues queues, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_running is not { } running || (running.IsCompleted && !(running.IsCompletedSuccessfully && time.GetElapsedTime(running.Result.Timestamp) < FreshFor)))
            {
                // Not with the token of whoever came first: others wait for the same figures.
                _running = running = CountAsync(queues);
            }

            return running.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Something was changed: the next figures are counted anew.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _running = null;
        }
    }

    private async Task<QueueReading> CountAsync(IJobQueues queues)
    {
        // Leaves the lock before anything that might take long without waiting.
        await Task.Yield();
        var began = time.GetTimestamp();
        var reading = new QueueReading(began, time.GetUtcNow(), await queues.FiguresAsync(CancellationToken.None));
        lock (_lock)
        {
            // A slow count must not take the place of a later one.
            if (_last is null || _last.Timestamp <= began)
            {
                _last = reading;
            }
        }

        return reading;
    }
}

/// <param name="Timestamp">When the counting began.</param>
/// <param name="Time">The same as a time of day.</param>
/// <param name="Queues">A line for each queue.</param>
internal sealed record QueueReading(long Timestamp, DateTimeOffset Time, IReadOnlyList<QueueFigures> Queues)
{
    public QueueFigures Of(JobKind kind) => Queues.FirstOrDefault(q => q.Kind == kind) ?? new QueueFigures(kind, 0, 0, 0, 0, 0, 0, 0, null, null);
}

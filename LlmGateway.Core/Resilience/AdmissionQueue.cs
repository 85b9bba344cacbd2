namespace LlmGateway.Core.Resilience;

/// <summary>How urgent a request is: who waits for a place is served in this order, then in the order of arrival.</summary>
public enum RequestPriority
{
    Low,
    Normal,
    High,
}

/// <summary>What became of asking for a place.</summary>
public enum Admission
{
    Admitted,

    /// <summary>Too many wait already.</summary>
    QueueFull,
    TimedOut,
    Aborted,
}

/// <summary>
/// Bounds the calls that run at one target at once. Who finds no place waits in a bounded queue for a bounded time. Without a bound
/// it only counts.
/// </summary>
internal sealed class AdmissionQueue(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource>[] _waiting = [new(), new(), new()];
    private int _running;
    private int _waiters;
    private int _capacity;

    /// <summary>Calls at once; 0 for any number.</summary>
    public int Capacity
    {
        get => Volatile.Read(ref _capacity);
        set
        {
            lock (_gate)
            {
                _capacity = value;
                Wake();
            }
        }
    }

    /// <summary>Calls that run now.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Requests that wait now.</summary>
    public int Waiting => Volatile.Read(ref _waiters);

    public bool IsBusy => Capacity is > 0 and var capacity && Running >= capacity;

    /// <summary>Takes a place, which <see cref="Leave"/> gives back.</summary>
    /// <param name="priority">Who is served first.</param>
    /// <param name="maxQueue">How many may wait.</param>
    /// <param name="maxWait">The longest wait.</param>
    /// <param name="aborted">Fires when nobody waits for the place any more.</param>
    public ValueTask<Admission> EnterAsync(RequestPriority priority, int maxQueue, TimeSpan maxWait, CancellationToken aborted)
    {
        if (Capacity == 0)
        {
            Interlocked.Increment(ref _running);
            return ValueTask.FromResult(Admission.Admitted);
        }

        LinkedListNode<TaskCompletionSource> place;
        lock (_gate)
        {
            if (_capacity == 0 || (_running < _capacity && _waiters == 0))
            {
                Interlocked.Increment(ref _running);
                return ValueTask.FromResult(Admission.Admitted);
            }

            if (_waiters >= maxQueue || maxWait <= TimeSpan.Zero)
            {
                return ValueTask.FromResult(Admission.QueueFull);
            }

            _waiters++;
            place = _waiting[(int)priority].AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        return WaitAsync(place, maxWait, aborted);
    }

    public void Leave()
    {
        Interlocked.Decrement(ref _running);

        // Looked at after the call has ended: a bound that is set only now already sees one call less.
        if (Capacity == 0)
        {
            return;
        }

        lock (_gate)
        {
            Wake();
        }
    }

    private async ValueTask<Admission> WaitAsync(LinkedListNode<TaskCompletionSource> place, TimeSpan maxWait, CancellationToken aborted)
    {
        try
        {
            await place.Value.Task.WaitAsync(maxWait, time, aborted);
            return Admission.Admitted;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            lock (_gate)
            {
                if (place.List is { } list)
                {
                    list.Remove(place);
                    _waiters--;
                    return e is TimeoutException ? Admission.TimedOut : Admission.Aborted;
                }
            }

            // The place came in the same moment.
            if (e is TimeoutException)
            {
                return Admission.Admitted;
            }

            Leave();
            return Admission.Aborted;
        }
    }

    /// <summary>Gives free places to those who wait. Call with the gate held.</summary>
    private void Wake()
    {
        while (_waiters > 0 && (_capacity == 0 || _running < _capacity))
        {
            var list = Array.FindLast(_waiting, l => l.Count > 0)!;
            var first = list.First!;
            list.RemoveFirst();
            _waiters--;
            Interlocked.Increment(ref _running);
            first.Value.SetResult();
        }
    }
}

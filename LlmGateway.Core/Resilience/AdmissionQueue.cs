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
/// Bounds the calls that run at one target at once. Who finds no place waits in a bounded queue for a bounded time. More urgent requests
/// are served first, equally urgent ones of different callers in turn; who has waited for a while becomes more urgent, so that nobody is
/// starved. Without a bound it only counts.
/// </summary>
internal sealed class AdmissionQueue(TimeProvider time)
{
    /// <summary>A request is a step more urgent after each of so many parts of the longest wait.</summary>
    private const int AgingSteps = 4;

    private readonly Lock _gate = new();

    /// <summary>In the order of arrival.</summary>
    private readonly LinkedList<Place> _waiting = new();

    /// <summary>When each caller that waits or waited got its last place, as a count of places given.</summary>
    private readonly Dictionary<string, long> _turns = new(StringComparer.Ordinal);
    private long _turn;
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
    /// <param name="caller">Who asks: places are given to callers in turn.</param>
    public ValueTask<Admission> EnterAsync(RequestPriority priority, int maxQueue, TimeSpan maxWait, CancellationToken aborted, string caller = "")
    {
        if (Capacity == 0)
        {
            Interlocked.Increment(ref _running);
            return ValueTask.FromResult(Admission.Admitted);
        }

        LinkedListNode<Place> place;
        lock (_gate)
        {
            if (_capacity == 0 || (_running < _capacity && _waiters == 0))
            {
                Interlocked.Increment(ref _running);
                return ValueTask.FromResult(Admission.Admitted);
            }

            if (maxWait <= TimeSpan.Zero || (_waiters >= maxQueue && !PushOut(caller)))
            {
                return ValueTask.FromResult(Admission.QueueFull);
            }

            _waiters++;
            place = _waiting.AddLast(new Place(caller, priority, time.GetTimestamp(), maxWait / AgingSteps));
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

    private async ValueTask<Admission> WaitAsync(LinkedListNode<Place> place, TimeSpan maxWait, CancellationToken aborted)
    {
        try
        {
            return await place.Value.Given.Task.WaitAsync(maxWait, time, aborted);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            lock (_gate)
            {
                if (place.List is not null)
                {
                    Remove(place);
                    return e is TimeoutException ? Admission.TimedOut : Admission.Aborted;
                }
            }

            // The place came in the same moment, or was pushed out.
            if (e is TimeoutException || place.Value.Given.Task.Result != Admission.Admitted)
            {
                return place.Value.Given.Task.Result;
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
            var next = Next();
            Remove(next);
            if (_waiters > 0)
            {
                _turns[next.Value.Caller] = ++_turn;
            }

            Interlocked.Increment(ref _running);
            next.Value.Given.SetResult(Admission.Admitted);
        }
    }

    /// <summary>The most urgent; of those the one whose caller was served longest ago; of those the first that came.</summary>
    private LinkedListNode<Place> Next()
    {
        var best = _waiting.First!;
        var (bestUrgency, bestTurn) = (Urgency(best.Value), _turns.GetValueOrDefault(best.Value.Caller));
        for (var node = best.Next; node is not null; node = node.Next)
        {
            var (urgency, turn) = (Urgency(node.Value), _turns.GetValueOrDefault(node.Value.Caller));
            if (urgency > bestUrgency || (urgency == bestUrgency && turn < bestTurn))
            {
                (best, bestUrgency, bestTurn) = (node, urgency, turn);
            }
        }

        return best;
    }

    private int Urgency(Place place)
    {
        var steps = place.Step > TimeSpan.Zero ? (int)Math.Min((int)RequestPriority.High, time.GetElapsedTime(place.Since) / place.Step) : 0;
        return Math.Min((int)RequestPriority.High, (int)place.Priority + steps);
    }

    /// <summary>Makes room in a full queue for a caller with fewer requests in it: the last one of the caller with the most goes.</summary>
    private bool PushOut(string caller)
    {
        var counts = _waiting.GroupBy(place => place.Caller, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        var (most, count) = counts.Count == 0 ? default : counts.MaxBy(entry => entry.Value);
        if (count <= counts.GetValueOrDefault(caller) + 1)
        {
            return false;
        }

        var last = _waiting.Last!;
        while (last.Value.Caller != most)
        {
            last = last.Previous!;
        }

        Remove(last);
        last.Value.Given.SetResult(Admission.QueueFull);
        return true;
    }

    private void Remove(LinkedListNode<Place> place)
    {
        _waiting.Remove(place);
        if (--_waiters == 0)
        {
            // Nobody waits for a turn, so whose it is does not matter, and callers that are gone must not be kept.
            _turns.Clear();
        }
    }

    /// <param name="Caller">Whose request waits.</param>
    /// <param name="Priority">How urgent it came.</param>
    /// <param name="Since">When it came.</param>
    /// <param name="Step">After which time it is a step more urgent.</param>
    private sealed record Place(string Caller, RequestPriority Priority, long Since, TimeSpan Step)
    {
        /// <summary>What became of it.</summary>
        public TaskCompletionSource<Admission> Given { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

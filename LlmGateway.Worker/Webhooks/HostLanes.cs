namespace LlmGateway.Worker.Webhooks;

/// <summary>
/// Bounds deliveries under way to one host, or of one API key, so that a slow receiver, or a client with many of them, does not hold up
/// others. What finds no place is told when its turn will be: the more wait, the later. Used by the delivering loop and its deliveries at
/// once.
/// </summary>
internal sealed class HostLanes(int perHost, TimeProvider time)
{
    private static readonly TimeSpan FirstGuess = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Soonest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Latest = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Hosts that are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _lanes.Count;
            }
        }
    }

    /// <summary>Takes a place; null when it was taken, otherwise the time until a place should be free.</summary>
    public TimeSpan? Enter(string host)
    {
        lock (_gate)
        {
            if (!_lanes.TryGetValue(host, out var lane))
            {
                lane = _lanes[host] = new Lane { Duration = FirstGuess };
            }

            if (lane.Running < perHost)
            {
                lane.Running++;
                return null;
            }

            var now = time.GetUtcNow();
            lane.Turn = (lane.Turn > now ? lane.Turn : now) + (lane.Duration / perHost);
            var wait = lane.Turn - now;
            return wait < Soonest ? Soonest : wait > Latest ? Latest : wait;
        }
    }

    /// <summary>Gives the place back.</summary>
    /// <param name="host">The host.</param>
    /// <param name="took">How long the delivery took; null when it was not sent.</param>
    public void Leave(string host, TimeSpan? took)
    {
        lock (_gate)
        {
            var lane = _lanes[host];
            lane.Duration = took is { } sent ? (lane.Duration + sent) / 2 : lane.Duration;
            if (--lane.Running == 0)
            {
                _lanes.Remove(host);
            }
        }
    }

    private sealed class Lane
    {
        public int Running;
        public TimeSpan Duration;
        public DateTimeOffset Turn;
    }
}

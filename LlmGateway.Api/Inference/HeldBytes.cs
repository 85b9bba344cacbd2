using System.Collections.Concurrent;
using LlmGateway.Core.Pipeline;

namespace LlmGateway.Api.Inference;

/// <summary>
/// Bytes that are held for callers: bounded together, and for each caller by half of that, so that one alone cannot use up what is there for
/// all.
/// </summary>
internal sealed class HeldBytes(long most)
{
    private const string Nobody = "";

    private readonly ConcurrentDictionary<string, Count> _callers = new(StringComparer.Ordinal);
    private long _all;

    /// <summary>Bytes that are held now.</summary>
    public long All => Interlocked.Read(ref _all);

    /// <summary>Counts the bytes, or does not and says so.</summary>
    public bool TryTake(HttpContext context, long bytes)
    {
        // Both in any case, so that giving back undoes both.
        var own = Interlocked.Add(ref Of(context).Bytes, bytes);
        var all = Interlocked.Add(ref _all, bytes);
        if (own <= Share && all <= most)
        {
            return true;
        }

        GiveBack(context, bytes);
        return false;
    }

    /// <summary>Counts the bytes whether or not there is room.</summary>
    public void Add(HttpContext context, long bytes)
    {
        Interlocked.Add(ref Of(context).Bytes, bytes);
        Interlocked.Add(ref _all, bytes);
    }

    public void GiveBack(HttpContext context, long bytes)
    {
        Interlocked.Add(ref _all, -bytes);
        Interlocked.Add(ref Of(context).Bytes, -bytes);
    }

    private long Share => Math.Max(1, most / 2);

    private Count Of(HttpContext context) => _callers.GetOrAdd(context.Features.Get<Caller>()?.KeyId ?? Nobody, static _ => new Count());

    private sealed class Count
    {
        public long Bytes;
    }
}

using System.Collections.Concurrent;
using LlmGateway.Core.Pipeline;

namespace LlmGateway.Api.Authentication;

/// <summary>What was found out about a digest, and for how long that holds. Times are timestamps of the clock.</summary>
/// <param name="caller">Whose key it is; null when it is nobody's.</param>
/// <param name="freshUntil">Until then nobody is asked again.</param>
/// <param name="staleUntil">Until then it holds while nobody can be asked.</param>
/// <param name="usedAt">When it was looked up, which is its first use.</param>
internal sealed class CachedKey(Caller? caller, long freshUntil, long staleUntil, long usedAt)
{
    private long _usedAt = usedAt;
    private long _takenAt = long.MinValue;

    public Caller? Caller => caller;

    public long FreshUntil => freshUntil;

    public long StaleUntil => staleUntil;

    /// <param name="now">When it was used.</param>
    /// <param name="exactness">Within so long after the last use, this one is not noted: cores would fight for the line of memory.</param>
    public void Use(long now, long exactness)
    {
        if (now - Volatile.Read(ref _usedAt) >= exactness)
        {
            Volatile.Write(ref _usedAt, now);
        }
    }

    /// <summary>When it was last used, unless that was told before.</summary>
    public long? TakeUse()
    {
        var used = Volatile.Read(ref _usedAt);
        return Interlocked.Exchange(ref _takenAt, used) == used ? null : used;
    }
}

/// <summary>Findings by digest, bounded in number. Reading takes no lock and allocates nothing.</summary>
internal sealed class KeyCache(int capacity)
{
    private readonly ConcurrentDictionary<ApiKeyDigest, CachedKey> _keys = new();
    private readonly Lock _room = new();

    public int Count => _keys.Count;

    public IEnumerable<CachedKey> Keys => _keys.Select(entry => entry.Value);

    public CachedKey? Find(ApiKeyDigest digest) => _keys.GetValueOrDefault(digest);

    public void Put(ApiKeyDigest digest, CachedKey key, long now)
    {
        if (_keys.Count >= capacity && !_keys.ContainsKey(digest))
        {
            // One at a time: the others would take out as much again.
            lock (_room)
            {
                if (_keys.Count >= capacity)
                {
                    MakeRoom(now);
                }
            }
        }

        _keys[digest] = key;
    }

    public void Remove(ApiKeyDigest digest) => _keys.TryRemove(digest, out _);

    public void Remove(Func<Caller, bool> whose)
    {
        foreach (var entry in _keys)
        {
            if (entry.Value.Caller is { } caller && whose(caller))
            {
                _keys.TryRemove(entry);
            }
        }
    }

    /// <summary>Takes out what no longer holds; when that is not enough, the tenth that was asked for longest ago.</summary>
    private void MakeRoom(long now)
    {
        foreach (var entry in _keys)
        {
            if (entry.Value.StaleUntil <= now)
            {
                _keys.TryRemove(entry);
            }
        }

        if (_keys.Count < capacity)
        {
            return;
        }

        // The dictionary's own copy: LINQ's, of a collection that others change meanwhile, has holes or does not fit.
        foreach (var entry in _keys.ToArray().OrderBy(entry => entry.Value.FreshUntil).Take(capacity / 10 + 1))
        {
            _keys.TryRemove(entry);
        }
    }
}

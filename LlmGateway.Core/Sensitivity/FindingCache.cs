using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LlmGateway.Core.Sensitivity.Text;

namespace LlmGateway.Core.Sensitivity;

/// <summary>Stands for the bytes of one part of a request, as nobody outside of this process can compute it.</summary>
/// <param name="First">Half of the digest.</param>
/// <param name="Second">The other half.</param>
/// <param name="Role">The same bytes mean something else in another role.</param>
internal readonly record struct PartKey(UInt128 First, UInt128 Second, PartRole Role)
{
    private static readonly byte[] Secret = RandomNumberGenerator.GetBytes(32);

    public static PartKey Of(ReadOnlySpan<byte> part, PartRole role)
    {
        Span<UInt128> digest = stackalloc UInt128[2];
        HMACSHA256.HashData(Secret, part, MemoryMarshal.AsBytes(digest));
        return new PartKey(digest[0], digest[1], role);
    }
}

/// <summary>
/// Remembers what was found in parts of requests, so that the old messages of a conversation are not looked at again with each new one.
/// Two generations: when the young one is full it becomes the old one, whose entries stay for as long as they are asked for. Belongs to
/// one set of options and goes with it.
/// </summary>
/// <param name="entries">Most entries of both generations together.</param>
internal sealed class FindingCache(int entries)
{
    /// <summary>Most findings of both generations together, 8 bytes each.</summary>
    private const int MaxFindings = 1_000_000;

    private volatile Generation _young = new();
    private volatile Generation _old = new();

    public bool TryGet(in PartKey key, [MaybeNullWhen(false)] out Finding[] findings)
    {
        if (_young.Entries.TryGetValue(key, out findings))
        {
            return true;
        }

        if (!_old.Entries.TryGetValue(key, out findings))
        {
            return false;
        }

        Set(key, findings);
        return true;
    }

    public void Set(in PartKey key, Finding[] findings)
    {
        var young = _young;
        if (!young.Entries.TryAdd(key, findings))
        {
            return;
        }

        var count = Interlocked.Increment(ref young.Count);
        var held = Interlocked.Add(ref young.Findings, findings.Length);
        if ((count >= Math.Max(1, entries / 2) || held >= MaxFindings / 2) && Interlocked.Exchange(ref young.IsFull, true) == false)
        {
            _old = young;
            _young = new Generation();
        }
    }

    private sealed class Generation
    {
        public readonly ConcurrentDictionary<PartKey, Finding[]> Entries = new();
        public int Count;
        public int Findings;
        public bool IsFull;
    }
}

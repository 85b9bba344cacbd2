namespace LlmGateway.Simulator.Engine;

/// <summary>64-bit FNV-1a with a final mix. string.GetHashCode differs per process; answers must not.</summary>
internal struct StableHash
{
    private ulong _state = 14695981039346656037UL;

    public StableHash()
    {
    }

    public static ulong Of(ReadOnlySpan<char> text)
    {
        var hash = new StableHash();
        hash.Add(text);
        return hash.Value;
    }

    public static ulong Of(ReadOnlySpan<char> text, long number)
    {
        var hash = new StableHash();
        hash.Add(text);
        hash.Add(number);
        return hash.Value;
    }

    public void Add(ReadOnlySpan<char> text)
    {
        foreach (var c in text) _state = (_state ^ c) * 1099511628211UL;
        _state = (_state ^ 0x1F) * 1099511628211UL;
    }

    public void Add(long number)
    {
        for (var i = 0; i < 8; i++) _state = (_state ^ (byte)(number >> (8 * i))) * 1099511628211UL;
    }

    public readonly ulong Value
    {
        get
        {
            var z = _state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return z ^ (z >> 31);
        }
    }
}

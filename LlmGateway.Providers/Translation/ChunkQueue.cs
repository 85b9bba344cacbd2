using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Translation;

/// <summary>
/// Chunks that wait to be passed on, one after the other in one buffer: a message of an upstream may become several. Nothing is
/// allocated per chunk once the buffer has grown.
/// </summary>
internal sealed class ChunkQueue : IDisposable
{
    private readonly List<int> _ends = [];
    private int _taken;

    /// <summary>Where the next chunk is written; <see cref="EndChunk"/> ends it.</summary>
    public PooledBuffer Output { get; } = new();

    public void EndChunk() => _ends.Add(Output.Length);

    /// <summary>Takes the next chunk; the memory is valid until something is written.</summary>
    public bool TryTake(out ReadOnlyMemory<byte> chunk)
    {
        if (_taken == _ends.Count)
        {
            chunk = default;
            return false;
        }

        var start = _taken == 0 ? 0 : _ends[_taken - 1];
        chunk = Output.Written[start.._ends[_taken++]];
        return true;
    }

    /// <summary>Forgets the chunks, all of which have been taken.</summary>
    public void Clear()
    {
        Output.Clear();
        _ends.Clear();
        _taken = 0;
    }

    public void Dispose() => Output.Dispose();
}

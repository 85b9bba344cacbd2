using System.Buffers;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.OpenAI;

/// <summary>
/// The one chunk that counts the tokens of a stream, held until the end: servers tell the counts in several chunks, before the last one, or
/// in one with choices. Rents nothing before the first of them.
/// </summary>
internal sealed class UsageChunk : IDisposable
{
    private readonly PooledBuffer _chunk = new();
    private bool _isTaken;

    /// <summary>Takes a chunk with counts in place of the one before, without its choices.</summary>
    /// <param name="chunk">A whole chunk.</param>
    /// <param name="choices">Where its choices stand.</param>
    public void Hold(ReadOnlySpan<byte> chunk, ByteRange choices)
    {
        _chunk.Clear();
        _chunk.Write(chunk[..choices.Start]);
        _chunk.Write("[]"u8);
        _chunk.Write(chunk[choices.End..]);
    }

    /// <summary>The chunk; empty when there is none, or it has been taken.</summary>
    public ReadOnlyMemory<byte> Chunk => _isTaken ? default : _chunk.Written;

    /// <summary>Gives the chunk out once.</summary>
    public bool TryTake(out ReadOnlyMemory<byte> chunk)
    {
        chunk = Chunk;
        _isTaken = true;
        return !chunk.IsEmpty;
    }

    public void Dispose() => _chunk.Dispose();
}

using System.Buffers;

namespace LlmGateway.Core.Protocol;

/// <summary>
/// A growing byte buffer on rented arrays. Rents nothing until the first write and gives everything back on
/// <see cref="Dispose"/>; memory handed out is valid until the next write or <see cref="Clear"/>.
/// </summary>
public sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int FirstSize = 4096;
    private byte[] _array = [];
    private int _start;
    private int _end;

    /// <summary>Bytes written and not yet consumed.</summary>
    public int Length => _end - _start;

    public ReadOnlyMemory<byte> Written => _array.AsMemory(_start, _end - _start);

    public ReadOnlySpan<byte> WrittenSpan => _array.AsSpan(_start, _end - _start);

    /// <summary>Bytes that can be written without growing.</summary>
    public int Free => _array.Length - _end;

    public void Advance(int count) => _end += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(Math.Max(sizeHint, 1));
        return _array.AsMemory(_end);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Ensure(Math.Max(sizeHint, 1));
        return _array.AsSpan(_end);
    }

    /// <summary>Forgets the first <paramref name="count"/> bytes.</summary>
    public void Consume(int count)
    {
        _start += count;
        if (_start == _end)
        {
            _start = _end = 0;
        }
    }

    /// <summary>Keeps the first <paramref name="length"/> bytes and forgets the rest.</summary>
    public void Truncate(int length) => _end = _start + length;

    public void Clear() => _start = _end = 0;

    public void Dispose()
    {
        if (_array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_array);
            _array = [];
        }

        _start = _end = 0;
    }

    private void Ensure(int size)
    {
        if (_array.Length - _end >= size)
        {
            return;
        }

        var length = Length;
        if (_start > 0 && _array.Length - length >= size && length <= _array.Length / 2)
        {
            _array.AsSpan(_start, length).CopyTo(_array);
        }
        else
        {
            var wanted = Math.Max(Math.Max(FirstSize, _array.Length * 2L), (long)length + size);
            var grown = ArrayPool<byte>.Shared.Rent((int)Math.Min(wanted, Array.MaxLength));
            _array.AsSpan(_start, length).CopyTo(grown);
            if (_array.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_array);
            }

            _array = grown;
        }

        _start = 0;
        _end = length;
    }
}

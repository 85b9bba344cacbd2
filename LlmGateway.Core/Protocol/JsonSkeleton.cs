using System.Buffers;

namespace LlmGateway.Core.Protocol;

/// <summary>
/// A document without the inside of its long strings, made while the document comes in. Reading a megabyte of text byte by byte, to
/// learn only where it ends, would cost more than all the rest of a request; finding quotes is vectorised. Everything outside long
/// strings stays as it is, so that whoever reads the skeleton checks the structure of the whole. What is not checked is the inside:
/// a provider's bad escape in a long text fails in the client's parser, loudly.
/// </summary>
internal sealed class JsonSkeleton : IDisposable
{
    /// <summary>Strings longer than this are emptied, in bytes.</summary>
    private const int LongString = 256;

    private readonly PooledBuffer _skeleton = new();
    private bool _inString;
    private bool _isLong;
    private bool _escaped;
    private int _contentStart;

    /// <summary>The skeleton of everything fed so far. A string without an end has none here either, so that a cut stays a cut.</summary>
    public ReadOnlySpan<byte> Written => _skeleton.WrittenSpan;

    /// <summary>Takes the next piece of the document, cut anywhere.</summary>
    public void Feed(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            if (_inString)
            {
                piece = ReadString(piece);
                continue;
            }

            var open = piece.IndexOf((byte)'"');
            if (open < 0)
            {
                _skeleton.Write(piece);
                return;
            }

            _skeleton.Write(piece[..(open + 1)]);
            _contentStart = _skeleton.Length;
            (_inString, _isLong, _escaped) = (true, false, false);
            piece = piece[(open + 1)..];
        }
    }

    public void Dispose() => _skeleton.Dispose();

    /// <summary>Reads to the end of the string, or of the piece; returns what follows.</summary>
    private ReadOnlySpan<byte> ReadString(ReadOnlySpan<byte> piece)
    {
        var end = FindEnd(piece);
        var content = end < 0 ? piece : piece[..end];
        if (!_isLong && _skeleton.Length - _contentStart + content.Length > LongString)
        {
            _isLong = true;
            _skeleton.Truncate(_contentStart);
        }

        if (!_isLong)
        {
            _skeleton.Write(content);
        }

        if (end < 0)
        {
            return default;
        }

        _skeleton.Write("\""u8);
        _inString = false;
        return piece[(end + 1)..];
    }

    /// <summary>Where the string ends: at the first quote with an even number of backslashes before it. -1 when not in this piece.</summary>
    private int FindEnd(ReadOnlySpan<byte> text)
    {
        // The first byte belongs to an escape that the piece before it began.
        var start = _escaped ? 1 : 0;
        for (var at = start; at <= text.Length; at++)
        {
            var found = text[at..].IndexOf((byte)'"');
            if (found < 0)
            {
                break;
            }

            at += found;
            if (Backslashes(text[start..at]) % 2 == 0)
            {
                return at;
            }
        }

        _escaped = text.Length >= start && Backslashes(text[Math.Min(start, text.Length)..]) % 2 == 1;
        return -1;
    }

    /// <summary>How many backslashes the text ends with.</summary>
    private static int Backslashes(ReadOnlySpan<byte> text) => text.Length - (text.LastIndexOfAnyExcept((byte)'\\') + 1);
}

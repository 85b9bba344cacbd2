using System.Text;

namespace LlmGateway.Bench.StreamLoad;

/// <summary>
/// Takes an HTTP/1.1 answer apart as its bytes arrive, wherever the reads happen to cut it: headers first, then the
/// chunked body, whose decoded bytes stand in <see cref="Text"/> until <see cref="Consume"/>.
/// </summary>
internal sealed class ChunkedReader
{
    private enum Part { Headers, Size, SizeLine, Data, DataLine, Trailer, End }

    private readonly List<byte> _line = [];
    private byte[] _text = new byte[1024];
    private int _textLength;
    private Part _part = Part.Headers;
    private int _size;

    public string Headers { get; private set; } = "";

    public bool Ended => _part == Part.End;

    /// <summary>Why the answer cannot be read, or null.</summary>
    public string? Fault { get; private set; }

    public ReadOnlySpan<byte> Text => _text.AsSpan(0, _textLength);

    public void Consume(int count)
    {
        _text.AsSpan(count, _textLength - count).CopyTo(_text);
        _textLength -= count;
    }

    public void Feed(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length && Fault is null;)
        {
            if (_part == Part.Data)
            {
                var take = Math.Min(_size, bytes.Length - at);
                Keep(bytes.Slice(at, take));
                at += take;
                _size -= take;
                _part = _size == 0 ? Part.DataLine : Part.Data;
            }
            else
            {
                Step(bytes[at++]);
            }
        }
    }

    private void Step(byte next)
    {
        switch (_part)
        {
            case Part.Headers:
                _line.Add(next);
                if (next == '\n' && _line.Count >= 4 && _line[^3] == '\n')
                {
                    Headers = Encoding.ASCII.GetString([.. _line]);
                    Fault = CheckHeaders();
                    _line.Clear();
                    _part = Part.Size;
                }

                break;
            case Part.Size when char.IsAsciiHexDigit((char)next):
                _size = (_size * 16) + Convert.ToInt32(((char)next).ToString(), 16);
                break;
            case Part.Size or Part.SizeLine:
                _part = next != '\n' ? Part.SizeLine : _size == 0 ? Part.Trailer : Part.Data;
                break;
            case Part.DataLine:
                _part = next == '\n' ? Part.Size : Part.DataLine;
                break;
            case Part.Trailer:
                _line.Add(next);
                if (next == '\n')
                {
                    _part = _line.Count <= 2 ? Part.End : Part.Trailer;
                    _line.Clear();
                }

                break;
            default:
                Fault = "bytes after the end";
                break;
        }
    }

    private string? CheckHeaders()
    {
        if (!Headers.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
        {
            return "status " + Headers.Split(' ', 3)[1];
        }

        if (!Headers.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase))
        {
            return "not an event stream";
        }

        return Headers.Contains("chunked", StringComparison.OrdinalIgnoreCase) ? null : "no chunked framing";
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_text.Length - _textLength < bytes.Length)
        {
            Array.Resize(ref _text, Math.Max(_text.Length * 2, _textLength + bytes.Length));
        }

        bytes.CopyTo(_text.AsSpan(_textLength));
        _textLength += bytes.Length;
    }
}

using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace LlmGateway.Bench.RateLoad;

/// <summary>A kept-alive connection with one request on its way at most. Answers have a Content-Length.</summary>
internal sealed class RateConnection(Socket socket)
{
    private readonly List<byte> _answer = [];
    private int _length;

    public Socket Socket { get; } = socket;

    /// <summary>When its request was due, in nanoseconds.</summary>
    public long Due { get; private set; }

    public bool Busy { get; private set; }

    /// <summary>Of the last whole answer.</summary>
    public int Status { get; private set; }

    public void Begin(long due)
    {
        Due = due;
        Busy = true;
        _answer.Clear();
        _length = 0;
    }

    /// <summary>The request on its way is lost.</summary>
    public void Abandon() => Busy = false;

    /// <returns>Whether the answer is whole.</returns>
    /// <exception cref="InvalidDataException">It is none that can be read.</exception>
    public bool Feed(ReadOnlySpan<byte> bytes)
    {
        _answer.AddRange(bytes);
        if (_length == 0)
        {
            ReadHead();
        }

        if (_length == 0 || _answer.Count < _length)
        {
            return false;
        }

        Busy = false;
        return _answer.Count == _length ? true : throw new InvalidDataException("bytes after the end");
    }

    private void ReadHead()
    {
        var text = Encoding.ASCII.GetString([.. _answer]);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
        {
            return;
        }

        const string Name = "\r\nContent-Length: ";
        var at = text.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        if (at < 0 || at > end || !Utf8Parser.TryParse([.. _answer[(at + Name.Length)..]], out int length, out _))
        {
            throw new InvalidDataException("no Content-Length");
        }

        Status = int.Parse(text.AsSpan("HTTP/1.1 ".Length, 3), System.Globalization.CultureInfo.InvariantCulture);
        _length = end + 4 + length;
    }
}

using System.Net.Sockets;
using LlmGateway.Bench.Shared;

namespace LlmGateway.Bench.StreamLoad;

/// <summary>One stream: checks that every chunk arrives once and in order, then the finish, the usage and [DONE].</summary>
internal sealed class LoadStream(Socket socket, int expectedChunks)
{
    private readonly ChunkedReader _reader = new();
    private bool _finished;
    private bool _usage;
    private bool _done;

    public Socket Socket { get; } = socket;

    /// <summary>When the request was sent, in nanoseconds.</summary>
    public long Started { get; set; }

    public long FirstChunk { get; private set; }

    public int Chunks { get; private set; }

    public bool Over { get; private set; }

    /// <summary>What is wrong with the stream, or null.</summary>
    public string? Failure { get; private set; }

    public void Feed(ReadOnlySpan<byte> bytes, long now, List<int> delays)
    {
        _reader.Feed(bytes);
        for (int end; !Over && (end = _reader.Text.IndexOf("\n\n"u8)) >= 0;)
        {
            Event(_reader.Text[..end], now, delays);
            _reader.Consume(end + 2);
        }

        if (_reader.Fault is { } fault)
        {
            Fail(fault);
        }
        else if (_reader.Ended)
        {
            Finish();
        }
    }

    public void Fail(string failure)
    {
        if (!Over)
        {
            Failure = failure;
            Over = true;
        }
    }

    private void Event(ReadOnlySpan<byte> text, long now, List<int> delays)
    {
        if (text.StartsWith(":"u8))
        {
            return;
        }

        if (!text.StartsWith("data: "u8) || _done)
        {
            Fail(_done ? "event after [DONE]" : "not a data event");
        }
        else if (text.SequenceEqual("data: [DONE]"u8))
        {
            _done = true;
        }
        else if (Stamp.TryRead(text, out var sent, out var number))
        {
            if (number != Chunks || _finished)
            {
                Fail("chunk out of order");
                return;
            }

            FirstChunk = Chunks++ == 0 ? now : FirstChunk;
            delays.Add((int)((now - sent) / 1000));
        }
        else if (text.IndexOf("\"finish_reason\":\"stop\""u8) >= 0)
        {
            _finished = true;
        }
        else if (text.IndexOf("\"total_tokens\":"u8) >= 0)
        {
            _usage = true;
        }
        else if (text.IndexOf("\"role\":\"assistant\""u8) < 0)
        {
            Fail("unexpected event");
        }
    }

    private void Finish()
    {
        if (Chunks != expectedChunks)
        {
            Fail("chunks missing");
        }
        else if (!_finished || !_usage || !_done)
        {
            Fail("finish, usage or [DONE] missing");
        }

        Over = true;
    }
}

namespace LlmGateway.Simulator.Faults;

/// <summary>What can go wrong with an answer. The grammar's spelling is the name in kebab-case.</summary>
public enum FaultKind
{
    /// <summary><c>status;code=503;retry=2;body=text</c>: an error status (default 500), optional Retry-After in seconds.</summary>
    Status,

    /// <summary><c>reset</c>: TCP reset before the headers; <c>after=N</c>: after N frames.</summary>
    Reset,

    /// <summary><c>stall</c>: silence for ever before the headers; <c>after=N</c>: after N frames.</summary>
    Stall,

    /// <summary><c>cut;after=3</c>: the connection closes after N frames (default 1) without the end of the chunked body.</summary>
    Cut,

    /// <summary><c>end;after=3</c>: the body ends cleanly after N frames (default 1), without finish reason or terminator.</summary>
    End,

    /// <summary><c>malformed;after=1</c>: the frame after N good ones (default 1) is half a JSON document; the stream goes on.</summary>
    Malformed,

    /// <summary><c>no-done</c>: the terminating frame is left out.</summary>
    NoDone,

    /// <summary><c>no-finish</c>: the frame with the finish reason is left out.</summary>
    NoFinish,

    /// <summary><c>slow-first;ms=5000</c>: the first token comes late (default 5000 ms).</summary>
    SlowFirst,

    /// <summary><c>html</c>: 200 with a text/html page.</summary>
    Html,

    /// <summary><c>error-event;after=2;code=529</c>: an error frame of that status (500) after N frames (default 1), then a clean end without terminator.</summary>
    ErrorEvent,

    /// <summary><c>error-body</c>: 200 application/json with an error object.</summary>
    ErrorBody,

    /// <summary><c>split;bytes=1</c>: everything is written in pieces of that many bytes, each flushed.</summary>
    Split,

    /// <summary><c>crlf</c>: stream lines end in CR LF.</summary>
    Crlf,

    /// <summary><c>giant;bytes=16777216;after=1</c>: one frame (or the body) is padded with that much JSON white space.</summary>
    Giant,

    /// <summary>
    /// <c>corrupt;after=1</c>: one byte of the frame after N (default 1), or of the body, arrives as another one: the middle one, or byte
    /// <c>bytes</c> (from 0). A checksum in the frame no longer fits; in a text the byte is no valid UTF-8. The stream goes on.
    /// </summary>
    Corrupt,

    /// <summary><c>truncate</c>: half the JSON body and a clean end; of a stream, half a frame after N (default 1) and a clean end.</summary>
    Truncate,

    /// <summary><c>filter;after=3</c>: a content filter ends the answer after N tokens (default 1), and the finish reason says so.</summary>
    Filter,

    /// <summary><c>timing;first=2000;tps=5;load=100</c>: milliseconds to the first token, tokens per second, milliseconds to load.</summary>
    Timing,
}

/// <summary>One fault as configured. Frames are counted from the start of the answer, its role frame included.</summary>
public sealed record Fault(FaultKind Kind)
{
    /// <summary>Good frames before it strikes; null: before the answer (or the kind's default).</summary>
    public int? After { get; init; }

    /// <summary>For cut, reset, stall and end: bytes of the next frame that still get out. For split, giant and corrupt: see there.</summary>
    public int? Bytes { get; init; }

    public int Code { get; init; } = 500;

    public int? RetryAfterSeconds { get; init; }

    public string? Body { get; init; }

    public int Milliseconds { get; init; } = 5000;

    public double? FirstTokenMilliseconds { get; init; }

    public double? TokensPerSecond { get; init; }

    public double? LoadMilliseconds { get; init; }

    /// <summary>Strikes this share of the requests it could, by a fixed pseudo-random sequence.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>Strikes at most this many requests.</summary>
    public int? Times { get; init; }

    /// <summary>Lets this many requests pass first.</summary>
    public int Skip { get; init; }

    /// <summary>As the grammar wrote it.</summary>
    public string Text { get; init; } = "";

    internal bool IsEarly => Kind is FaultKind.Status or FaultKind.Html or FaultKind.ErrorBody
        || (Kind is FaultKind.Reset or FaultKind.Stall && After is null);

    internal int Place => After ?? (Kind is FaultKind.Reset or FaultKind.Stall ? 0 : 1);
}

namespace LlmGateway.Simulator.Wire;

public enum RequestOutcome
{
    /// <summary>Still being answered.</summary>
    Active,

    /// <summary>Answered to the end, error answers included.</summary>
    Completed,

    /// <summary>The client went away; generation stopped at once.</summary>
    ClientAborted,

    /// <summary>A fault replaced the answer or ended it early.</summary>
    Faulted,
}

/// <summary>What one request was and what became of it. Read it after the answer: its fields fill up as it goes.</summary>
public sealed class RecordedRequest
{
    private int _outcome;

    public required string Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Method { get; init; }

    /// <summary>Path and query.</summary>
    public required string Path { get; init; }

    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The body as UTF-8 text, cut at <see cref="SimulatorOptions.RecordedBodyBytes"/>.</summary>
    public string Body { get; internal set; } = "";

    /// <summary>The model asked for, fault suffix removed; null when the request named none.</summary>
    public string? Model { get; internal set; }

    /// <summary>The faults that struck, as the grammar writes them.</summary>
    public string Faults { get; internal set; } = "";

    /// <summary>HTTP status sent; 0 while nothing was sent.</summary>
    public int Status { get; internal set; }

    public RequestOutcome Outcome
    {
        get => (RequestOutcome)Volatile.Read(ref _outcome);
        internal set => Volatile.Write(ref _outcome, (int)value);
    }

    /// <summary>Stream frames (or, for a plain answer, bodies) written.</summary>
    public int ChunksSent { get; internal set; }

    public TimeSpan Duration { get; internal set; }
}

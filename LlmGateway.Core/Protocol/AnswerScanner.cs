namespace LlmGateway.Core.Protocol;

/// <summary>Checks a large answer document piece by piece while it passes, and judges it as <see cref="AnswerInspector"/> does.</summary>
public sealed class AnswerScanner(Operation operation) : IDisposable
{
    private readonly JsonSkeleton _skeleton = new();
    private bool _isText = true;

    /// <summary>Takes the next piece; pieces must not be cut inside a character.</summary>
    public void Feed(ReadOnlySpan<byte> piece)
    {
        _isText = _isText && Utf8Text.IsValid(piece);
        _skeleton.Feed(piece);
    }

    /// <summary>The verdict on everything fed.</summary>
    public AnswerFacts Judge() => _isText ? AnswerInspector.InspectStructure(operation, _skeleton.Written) : new AnswerFacts { Kind = AnswerKind.Malformed };

    public void Dispose() => _skeleton.Dispose();
}

namespace LlmGateway.Core.Protocol;

/// <summary>Checks a large answer document piece by piece while it passes, and judges it as <see cref="AnswerInspector"/> does.</summary>
public sealed class AnswerScanner(ExpectedAnswer expected) : IDisposable
{
    /// <summary>
    /// The most that is kept of a document without the inside of its long strings, in bytes. An answer whose structure alone is larger, hundreds
    /// of thousands of log-probabilities, is not checked for that price.
    /// </summary>
    private const int MostKept = 32 * 1024 * 1024;

    private readonly JsonSkeleton _skeleton = new();
    private bool _isText = true;

    /// <summary>The document's structure is larger than what is kept of it.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>Takes the next piece; pieces must not be cut inside a character.</summary>
    public void Feed(ReadOnlySpan<byte> piece)
    {
        if (IsTooLarge)
        {
            return;
        }

        _isText = _isText && Utf8Text.IsValid(piece);
        _skeleton.Feed(piece);
        if (_skeleton.Written.Length > MostKept)
        {
            IsTooLarge = true;
            _skeleton.Dispose();
        }
    }

    /// <summary>The verdict on everything fed.</summary>
    public AnswerFacts Judge() =>
        IsTooLarge ? AnswerInspector.Broken() with { Fault = FormattableString.Invariant($"an answer whose structure takes more than {MostKept / 1024 / 1024} MiB") }
        : _isText ? AnswerInspector.InspectStructure(expected, _skeleton.Written)
        : AnswerInspector.Broken();

    public void Dispose() => _skeleton.Dispose();
}

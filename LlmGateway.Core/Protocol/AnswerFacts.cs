namespace LlmGateway.Core.Protocol;

/// <summary>What a whole (not streamed) answer document turned out to be.</summary>
public enum AnswerKind
{
    /// <summary>A complete answer of the expected shape.</summary>
    Answer,

    /// <summary>An error document, whatever status it came with.</summary>
    Error,

    /// <summary>Broken JSON, or a document that lacks what an answer must have.</summary>
    Malformed,
}

/// <summary>What an answer must hold.</summary>
/// <param name="Operation">What was asked for.</param>
/// <param name="Items">How many choices, or vectors.</param>
/// <param name="Dimensions">How many numbers each vector has; null where the client left it open.</param>
public readonly record struct ExpectedAnswer(Operation Operation, int Items = 1, long? Dimensions = null)
{
    /// <summary>What a request asks for.</summary>
    public static ExpectedAnswer Of(RequestView view) => view.Operation == Operation.Embeddings
        ? new(Operation.Embeddings, view.InputCount, view.Dimensions)
        : new(view.Operation, view.ChoiceCount);
}

/// <summary>Facts about an answer, read in one pass without decoding its content.</summary>
/// <param name="Kind">Whether it can be passed on.</param>
/// <param name="Usage">Token counts, where told.</param>
/// <param name="FinishReason">Of the last choice.</param>
/// <param name="Items">Number of choices, or of embedding vectors.</param>
/// <param name="HasFloatVectors">Some embedding is an array of numbers.</param>
/// <param name="HasBase64Vectors">Some embedding is a string.</param>
public readonly record struct AnswerFacts(
    AnswerKind Kind, TokenUsage? Usage, string? FinishReason, int Items, bool HasFloatVectors, bool HasBase64Vectors)
{
    /// <summary>What is missing or wrong in a document that is no answer, for the error; null where nothing more is known.</summary>
    public string? Fault { get; init; }

    /// <summary>The vectors stand in another order than the texts, as their indexes tell.</summary>
    public bool IsUnordered { get; init; }
}

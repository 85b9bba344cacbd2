namespace LlmGateway.Core.Protocol;

/// <summary>
/// A client's request: its OpenAI JSON as it came, plus the few fields that decisions need. The bytes stay the truth;
/// whatever the gateway does not know about passes through untouched.
/// </summary>
public sealed class RequestView
{
    public required Operation Operation { get; init; }

    /// <summary>The whole request document, valid UTF-8 JSON.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The model the client named.</summary>
    public string Model { get; internal set; } = "";

    public bool Stream { get; internal set; }

    /// <summary>The client asked for the usage chunk of a stream (<c>stream_options.include_usage</c>).</summary>
    public bool IncludeUsage { get; internal set; }

    /// <summary>Upper bound of the answer in tokens, where the client set one.</summary>
    public long? MaxTokens { get; internal set; }

    /// <summary>How many alternatives (<c>n</c>) were asked for.</summary>
    public int Choices { get; internal set; } = 1;

    /// <summary>Choices that the answer must hold: for each prompt of a completion <see cref="Choices"/>.</summary>
    public int ChoiceCount => Operation == Operation.Completion ? (int)Math.Min((long)Math.Max(InputCount, 1) * Choices, int.MaxValue) : Choices;

    /// <summary>Number of tools offered to the model.</summary>
    public int ToolCount { get; internal set; }

    /// <summary>A message carries an image.</summary>
    public bool HasImages { get; internal set; }

    /// <summary>The answer is to keep to a JSON schema (<c>response_format.type</c> is <c>json_schema</c>).</summary>
    public bool HasJsonSchema { get; internal set; }

    /// <summary>Embeddings: how many vectors the answer must hold. Completions: how many prompts there are.</summary>
    public int InputCount { get; internal set; }

    /// <summary>Embeddings: vectors are wanted as base64 of little-endian float32 (<c>encoding_format</c>).</summary>
    public bool Base64Embeddings { get; internal set; }

    /// <summary>Embeddings: how many numbers each vector shall have; null where the client leaves it open.</summary>
    public long? Dimensions { get; internal set; }

    /// <summary>The end user the client named (<c>user</c>).</summary>
    public string? User { get; internal set; }

    /// <summary>Where the value of <c>model</c> stands in <see cref="Body"/>.</summary>
    public ByteRange ModelValue { get; internal set; }

    /// <summary>Where <c>messages</c>, <c>prompt</c> or <c>input</c> stands in <see cref="Body"/>.</summary>
    public ByteRange ContentValue { get; internal set; }

    /// <summary>Where the value of <c>stream_options</c> stands; empty when absent.</summary>
    public ByteRange StreamOptionsValue { get; internal set; }

    /// <summary>Offset of the brace that closes the document.</summary>
    public int ClosingBrace { get; internal set; }
}

/// <summary>A stretch of bytes in a document.</summary>
/// <param name="Start">Offset of the first byte.</param>
/// <param name="Length">Number of bytes; 0 means absent.</param>
public readonly record struct ByteRange(int Start, int Length)
{
    public int End => Start + Length;

    public bool IsEmpty => Length == 0;
}

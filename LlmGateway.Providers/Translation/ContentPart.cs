using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Translation;

/// <summary>What a content block, or a delta of one, is.</summary>
internal enum PartKind
{
    Unknown,
    Text,
    Thinking,
    RedactedThinking,
    ToolUse,

    /// <summary>A piece of a tool's input, as text.</summary>
    InputJson,
    Signature,

    /// <summary>Where a text comes from; OpenAI has no place for it.</summary>
    Citations,
}

/// <summary>
/// A content block, or a delta of one, in the document it was read from, as Anthropic's Messages API and Bedrock's Converse have them.
/// Values are not decoded, only found: each range is a JSON value.
/// </summary>
internal struct ContentPart
{
    public PartKind Kind;

    /// <summary>The text, the thinking, a piece of a tool's input or the redacted data, whichever the kind has; a JSON string.</summary>
    public ByteRange Text;

    public ByteRange Signature;
    public ByteRange Id;
    public ByteRange Name;

    /// <summary>A tool's input, a JSON object.</summary>
    public ByteRange Input;

    /// <summary>In OpenAI's words; the delta of a message has it.</summary>
    public string? FinishReason;

    /// <summary>There is what the kind must have.</summary>
    public readonly bool IsComplete => Kind switch
    {
        PartKind.Text or PartKind.Thinking or PartKind.InputJson or PartKind.RedactedThinking => !Text.IsEmpty,
        PartKind.ToolUse => Id.Length > 2 && Name.Length > 2,
        PartKind.Signature => !Signature.IsEmpty,
        _ => true,
    };

    public readonly bool HasText => Text.Length > 2;

    public readonly bool HasSignature => Signature.Length > 2;

    /// <summary>There is more than an empty object.</summary>
    public readonly bool HasInput => Input.Length > 2;
}

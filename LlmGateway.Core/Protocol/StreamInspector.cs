using System.Text.Json;
using System.Text.Unicode;

namespace LlmGateway.Core.Protocol;

/// <summary>What one chunk of a streamed answer turned out to be.</summary>
public enum ChunkKind
{
    /// <summary>Part of the answer.</summary>
    Delta,

    /// <summary>Only counts tokens: <c>choices</c> is empty and <c>usage</c> is set.</summary>
    Usage,

    /// <summary>The provider reports an error inside the stream.</summary>
    Error,

    /// <summary>Not a chunk at all: broken JSON, or a document of another shape.</summary>
    Malformed,
}

/// <summary>
/// The tap on a stream of OpenAI chunks: follows finish reasons and usage while bytes go by, keeps no content, allocates nothing
/// per chunk. Decides whether a stream that has ended was a whole answer.
/// </summary>
/// <param name="operation">What was asked for: chats have a <c>delta</c>, completions a <c>text</c>.</param>
/// <param name="choices">How many choices were asked for.</param>
public sealed class StreamInspector(Operation operation = Operation.Chat, int choices = 1)
{
    private ChoiceSet _started;
    private ChoiceSet _said;
    private ChoiceSet _finished;
    private bool _isMistold;

    /// <summary>The counts of all reports so far: of each count the largest, because none of them can shrink.</summary>
    public TokenUsage? Usage { get; private set; }

    /// <summary>The finish reason of the choice that finished last.</summary>
    public string? FinishReason { get; private set; }

    /// <summary>Number of chunks that carried a part of the answer.</summary>
    public int Deltas { get; private set; }

    /// <summary>
    /// Where <c>,"usage":…</c> stands in the chunk inspected last; empty when it has none. Providers put <c>null</c> into every chunk of a
    /// stream whose usage was asked for, and some the counts into the last one with choices.
    /// </summary>
    public ByteRange UsageMember { get; private set; }

    /// <summary>The chunk inspected last counts tokens.</summary>
    public bool HasUsage { get; private set; }

    /// <summary>Where the value of <c>choices</c> stands in the chunk inspected last.</summary>
    public ByteRange ChoicesValue { get; private set; }

    /// <summary>Every choice that was asked for, and every other that began, has said something and told its finish reason.</summary>
    public bool IsWhole => _finished.Count >= choices && _started.IsWithin(_finished) && _finished.IsWithin(_said);

    /// <summary>
    /// <see cref="IsWhole"/> needs no end marker to be believed. A server that tells a reason and then goes on with the same choice, and tells
    /// another, tells nothing by them.
    /// </summary>
    public bool IsWholeWithoutMarker => !_isMistold && IsWhole;

    /// <summary>Reads one chunk, a JSON document of an SSE event without its <c>data:</c>.</summary>
    public ChunkKind Inspect(ReadOnlySpan<byte> chunk)
    {
        // The JSON reader does not look into strings, and a client that repairs broken text would not notice that it did.
        if (!Utf8.IsValid(chunk))
        {
            return ChunkKind.Malformed;
        }

        var reader = new Utf8JsonReader(chunk);
        try
        {
            return InspectDocument(ref reader, chunk);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return ChunkKind.Malformed;
        }
    }

    private ChunkKind InspectDocument(ref Utf8JsonReader reader, ReadOnlySpan<byte> chunk)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return ChunkKind.Malformed;
        }

        var count = -1;
        var hasError = false;
        (UsageMember, ChoicesValue, HasUsage) = (default, default, false);
        for (var memberStart = (int)reader.BytesConsumed; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; memberStart = (int)reader.BytesConsumed)
        {
            if (reader.ValueTextEquals("choices"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                count = ReadChoices(ref reader, chunk);
                if (count < 0)
                {
                    return ChunkKind.Malformed;
                }

                ChoicesValue = new ByteRange(start, (int)reader.BytesConsumed - start);
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                HasUsage |= TakeUsage(ref reader);
                UsageMember = new ByteRange(memberStart, (int)reader.BytesConsumed - memberStart);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                hasError |= reader.TokenType != JsonTokenType.Null;
                reader.Skip();
            }
            else
            {
                ReadOther(ref reader);
            }
        }

        if (reader.Read())
        {
            return ChunkKind.Malformed;
        }

        Deltas += count > 0 ? 1 : 0;
        return hasError ? ChunkKind.Error
            : count < 0 ? ChunkKind.Malformed
            : count == 0 && HasUsage ? ChunkKind.Usage
            : ChunkKind.Delta;
    }

    private bool TakeUsage(ref Utf8JsonReader reader)
    {
        if (UsageReader.Read(ref reader) is not { } usage)
        {
            return false;
        }

        Usage = Usage is { } before ? TokenUsage.Larger(before, usage) : usage;
        return true;
    }

    /// <summary>A member that is not looked at, but for Groq's, which has the usage of a stream inside (its API reference, x_groq).</summary>
    private void ReadOther(ref Utf8JsonReader reader)
    {
        var isGroq = reader.ValueTextEquals("x_groq"u8);
        reader.Read();
        if (!isGroq || reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUsage = reader.ValueTextEquals("usage"u8);
            reader.Read();
            if (isUsage)
            {
                TakeUsage(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    /// <summary>Number of choices in the array, or -1 when it is none, or one of them is no choice.</summary>
    private int ReadChoices(ref Utf8JsonReader reader, ReadOnlySpan<byte> chunk)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return -1;
        }

        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject || !ReadChoice(ref reader, out var choice))
            {
                return -1;
            }

            Take(choice, chunk);
            count++;
        }

        return count;
    }

    /// <summary>False when the choice cannot be told from others, or its part of the answer is none.</summary>
    private bool ReadChoice(ref Utf8JsonReader reader, out Choice choice)
    {
        choice = default;
        var isChat = operation == Operation.Chat;
        var hasMessage = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.Null
                    && (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out choice.Index) || choice.Index is < 0 or >= ChoiceSet.Limit))
                {
                    return false;
                }
            }
            else if (reader.ValueTextEquals(isChat ? "delta"u8 : "text"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                var isThere = reader.TokenType == (isChat ? JsonTokenType.StartObject : JsonTokenType.String);
                if (!isThere && reader.TokenType != JsonTokenType.Null)
                {
                    return false;
                }

                reader.Skip();
                choice.Part = isThere ? new ByteRange(start, (int)reader.BytesConsumed - start) : choice.Part;
            }
            else if (reader.ValueTextEquals("finish_reason"u8))
            {
                reader.Read();
                choice.Reason = FinishReasons.Read(ref reader) ?? choice.Reason;
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                // Moonshot has it here (its API reference, stream).
                reader.Read();
                TakeUsage(ref reader);
            }
            else
            {
                var isMessage = isChat && reader.ValueTextEquals("message"u8);
                reader.Read();
                hasMessage |= isMessage && reader.TokenType != JsonTokenType.Null;
                reader.Skip();
            }
        }

        // A whole answer in place of a piece of one: clients of streams would see nothing of it.
        return !hasMessage || !choice.Part.IsEmpty;
    }

    private void Take(in Choice choice, ReadOnlySpan<byte> chunk)
    {
        _started.Add(choice.Index);
        if (!choice.Part.IsEmpty)
        {
            _said.Add(choice.Index);
            if (_finished.Contains(choice.Index) && ChunkContent.HasAny(chunk.Slice(choice.Part.Start, choice.Part.Length)))
            {
                _isMistold = true;
                _finished.Remove(choice.Index);
            }
        }

        if (choice.Reason is not null)
        {
            _finished.Add(choice.Index);
            FinishReason = choice.Reason;
        }
    }

    /// <summary>What a chunk says of one choice.</summary>
    private struct Choice
    {
        public int Index;

        /// <summary>Where its <c>delta</c> or <c>text</c> stands.</summary>
        public ByteRange Part;

        public string? Reason;
    }
}

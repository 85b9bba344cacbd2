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
public sealed class StreamInspector
{
    // One bit per choice: OpenAI allows at most 128 alternatives.
    private UInt128 _started;
    private UInt128 _finished;

    /// <summary>The latest token counts seen.</summary>
    public TokenUsage? Usage { get; private set; }

    /// <summary>The finish reason of the choice that finished last.</summary>
    public string? FinishReason { get; private set; }

    /// <summary>Number of chunks that carried a part of the answer.</summary>
    public int Deltas { get; private set; }

    /// <summary>
    /// Where <c>,"usage":null</c> stands in the chunk inspected last; empty when it has none. Providers put it into every chunk of a
    /// stream whose usage was asked for.
    /// </summary>
    public ByteRange NullUsage { get; private set; }

    /// <summary>Every choice that began has told its finish reason, and at least one has.</summary>
    public bool IsWhole => _finished != 0 && (_started & ~_finished) == 0;

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
            return InspectDocument(ref reader);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return ChunkKind.Malformed;
        }
    }

    private ChunkKind InspectDocument(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return ChunkKind.Malformed;
        }

        var choices = -1;
        var hasUsage = false;
        var hasError = false;
        NullUsage = default;
        for (var memberStart = (int)reader.BytesConsumed; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; memberStart = (int)reader.BytesConsumed)
        {
            if (reader.ValueTextEquals("choices"u8))
            {
                reader.Read();
                choices = ReadChoices(ref reader);
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.Null)
                {
                    NullUsage = new ByteRange(memberStart, (int)reader.BytesConsumed - memberStart);
                }
                else if (UsageReader.Read(ref reader) is { } usage)
                {
                    Usage = usage;
                    hasUsage = true;
                }
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                hasError |= reader.TokenType != JsonTokenType.Null;
                reader.Skip();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        if (reader.Read())
        {
            return ChunkKind.Malformed;
        }

        Deltas += choices > 0 ? 1 : 0;
        return hasError ? ChunkKind.Error
            : choices < 0 ? ChunkKind.Malformed
            : choices == 0 && hasUsage ? ChunkKind.Usage
            : ChunkKind.Delta;
    }

    /// <summary>Number of choices in the array, or -1 when it is none.</summary>
    private int ReadChoices(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return -1;
        }

        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return -1;
            }

            ReadChoice(ref reader);
            count++;
        }

        return count;
    }

    private void ReadChoice(ref Utf8JsonReader reader)
    {
        var index = 0;
        var finished = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                index = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value) ? value : 0;
            }
            else if (reader.ValueTextEquals("finish_reason"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String)
                {
                    finished = true;
                    FinishReason = FinishReasons.Intern(ref reader);
                }
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        var bit = UInt128.One << (index & 127);
        _started |= bit;
        _finished |= finished ? bit : 0;
    }
}

using System.Text.Json;
using System.Text.Unicode;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Ollama;

/// <summary>
/// One document of an answer: a line of a stream of <c>/api/chat</c> or <c>/api/generate</c>, or the whole of it. Texts are not
/// decoded, only found: each range is a JSON value in the document it was read from.
/// </summary>
internal struct OllamaReply
{
    /// <summary><c>message.content</c> or <c>response</c>, a JSON string.</summary>
    public ByteRange Text;

    /// <summary><c>message.thinking</c> or <c>thinking</c>, a JSON string.</summary>
    public ByteRange Thinking;

    /// <summary><c>message.tool_calls</c>, a JSON array.</summary>
    public ByteRange ToolCalls;

    /// <summary><c>logprobs</c>, a JSON array.</summary>
    public ByteRange Logprobs;

    /// <summary>The document has an <c>error</c>.</summary>
    public bool IsError;

    /// <summary>The last document of an answer.</summary>
    public bool IsDone;

    public DoneReason DoneReason;

    public OllamaMetrics Metrics;

    private bool _isReply;

    /// <summary>It has a message or a response, empty or not.</summary>
    public readonly bool HasReply => _isReply;

    public readonly bool HasText => Text.Length > 2;

    public readonly bool HasThinking => Thinking.Length > 2;

    public readonly bool HasToolCalls => ToolCalls.Length > 2;

    public readonly bool HasLogprobs => Logprobs.Length > 2;

    /// <summary>Reads a document; false when it is broken or is none of an answer.</summary>
    public static bool TryRead(ReadOnlySpan<byte> document, out OllamaReply reply)
    {
        reply = default;
        if (!Utf8.IsValid(document))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(document);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject
                && reply.ReadMembers(ref reader) && !reader.Read()
                && (reply.IsError || reply.IsDone || reply._isReply);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private bool ReadMembers(ref Utf8JsonReader reader)
    {
        var isGood = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                isGood &= ReadMessage(ref reader);
            }
            else if (reader.ValueTextEquals("response"u8))
            {
                isGood &= JsonFinder.TryFind(ref reader, JsonTokenType.String, ref Text);
                _isReply = true;
            }
            else if (reader.ValueTextEquals("thinking"u8))
            {
                isGood &= JsonFinder.TryFind(ref reader, JsonTokenType.String, ref Thinking);
            }
            else if (reader.ValueTextEquals("logprobs"u8))
            {
                isGood &= JsonFinder.TryFind(ref reader, JsonTokenType.StartArray, ref Logprobs);
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                IsError |= reader.TokenType != JsonTokenType.Null;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("done"u8))
            {
                reader.Read();
                isGood &= reader.TokenType is JsonTokenType.True or JsonTokenType.False;
                IsDone = reader.TokenType == JsonTokenType.True;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("done_reason"u8))
            {
                reader.Read();
                DoneReason = ReadDoneReason(ref reader);
            }
            else
            {
                Metrics.Read(ref reader);
            }
        }

        return isGood;
    }

    private bool ReadMessage(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        var isGood = true;
        _isReply = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("content"u8))
            {
                isGood &= JsonFinder.TryFind(ref reader, JsonTokenType.String, ref Text);
            }
            else if (reader.ValueTextEquals("thinking"u8))
            {
                isGood &= JsonFinder.TryFind(ref reader, JsonTokenType.String, ref Thinking);
            }
            else if (reader.ValueTextEquals("tool_calls"u8))
            {
                isGood &= JsonFinder.TryFind(ref reader, JsonTokenType.StartArray, ref ToolCalls);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return isGood;
    }

    private static DoneReason ReadDoneReason(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            var isNull = reader.TokenType == JsonTokenType.Null;
            reader.Skip();
            return isNull ? DoneReason.None : DoneReason.Unknown;
        }

        return reader.ValueTextEquals("stop"u8) ? DoneReason.Stop
            : reader.ValueTextEquals("length"u8) ? DoneReason.Length
            : reader.ValueTextEquals("tool_calls"u8) ? DoneReason.ToolCalls
            : reader.ValueTextEquals("content_filter"u8) ? DoneReason.ContentFilter
            : reader.ValueTextEquals(""u8) ? DoneReason.None
            : DoneReason.Unknown;
    }
}

/// <summary>Why an answer ended.</summary>
internal enum DoneReason
{
    /// <summary>Not told: before 0.1.38 Ollama never did.</summary>
    None,
    Stop,
    Length,

    /// <summary>Not among Ollama's own reasons; models of its cloud may pass it on.</summary>
    ToolCalls,

    /// <summary>As <see cref="ToolCalls"/>.</summary>
    ContentFilter,

    /// <summary>Something else, such as <c>load</c> and <c>unload</c>, after which nothing was generated.</summary>
    Unknown,
}

/// <summary>Token counts and durations of an answer; the last document of a stream has them.</summary>
internal struct OllamaMetrics
{
    /// <summary>Tokens; null where not told. Includes what came from the prompt cache since 0.4.</summary>
    public long? PromptTokens;

    public long? CompletionTokens;

    /// <summary>Nanoseconds, as all durations here.</summary>
    public long Total;
    public long Load;
    public long Prompt;
    public long Completion;

    public readonly TokenUsage? Usage => PromptTokens is null && CompletionTokens is null
        ? null
        : new TokenUsage(PromptTokens ?? 0, CompletionTokens ?? 0);

    /// <summary>Takes the member that the reader stands on the name of, or skips it.</summary>
    public void Read(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("prompt_eval_count"u8))
        {
            PromptTokens = ReadTokens(ref reader) ?? PromptTokens;
        }
        else if (reader.ValueTextEquals("eval_count"u8))
        {
            CompletionTokens = ReadTokens(ref reader) ?? CompletionTokens;
        }
        else if (reader.ValueTextEquals("total_duration"u8))
        {
            Total = ReadNanoseconds(ref reader) ?? 0;
        }
        else if (reader.ValueTextEquals("load_duration"u8))
        {
            Load = ReadNanoseconds(ref reader) ?? 0;
        }
        else if (reader.ValueTextEquals("prompt_eval_duration"u8))
        {
            Prompt = ReadNanoseconds(ref reader) ?? 0;
        }
        else if (reader.ValueTextEquals("eval_duration"u8))
        {
            Completion = ReadNanoseconds(ref reader) ?? 0;
        }
        else
        {
            reader.Read();
            reader.Skip();
        }
    }

    private static long? ReadTokens(ref Utf8JsonReader reader)
    {
        reader.Read();
        return TokenCount.TryRead(ref reader, out var count) ? count : null;
    }

    private static long? ReadNanoseconds(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var count) && count >= 0)
        {
            return count;
        }

        reader.Skip();
        return null;
    }
}

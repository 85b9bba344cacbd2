using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmGateway.Core.Protocol;

/// <summary>
/// Builds out of the chunks of a streamed OpenAI answer the document that the whole answer would have been: <c>chat.completion</c> out of
/// <c>chat.completion.chunk</c>, and <c>text_completion</c>. Fields that nobody here knows are merged by their shape. Time and memory grow
/// with the bytes of the chunks, however many there are.
/// </summary>
public sealed class AnswerAssembler
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private static readonly AnswerNode Nothing = new();

    private readonly AnswerNode _answer = new();
    private readonly AnswerNode _choices = new();
    private int _length;

    public AnswerAssembler()
    {
        _answer.Become(AnswerNodeKind.Object);
        _choices.Become(AnswerNodeKind.Indexed);
    }

    /// <summary>About how many bytes <see cref="Write"/> would write now.</summary>
    public int ApproximateLength => _length + 64;

    /// <summary>Takes the next chunk, a JSON document.</summary>
    /// <returns>False when it is no JSON object: it was left out.</returns>
    public bool Add(ReadOnlySpan<byte> chunk)
    {
        if (!IsObject(chunk))
        {
            return false;
        }

        var merge = new ChunkMerge(chunk);
        merge.Run(_answer, _choices);
        _length += merge.Grown;
        return true;
    }

    /// <summary>Writes the answer of all chunks so far.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, Writing);
        var isText = _answer.Find("object"u8) is { } kind && kind.IsText("text_completion"u8);
        json.WriteStartObject();
        if (_answer.Find("id"u8) is { } id)
        {
            Write(json, "id"u8, id);
        }

        json.WriteString("object"u8, isText ? "text_completion"u8 : "chat.completion"u8);
        foreach (var (name, value) in _answer.Members)
        {
            if (name.AsSpan() is var n && !n.SequenceEqual("id"u8) && !n.SequenceEqual("object"u8) && !n.SequenceEqual("usage"u8))
            {
                Write(json, name, value);
            }
        }

        json.WriteStartArray("choices"u8);
        foreach (var (index, choice) in _choices.Items())
        {
            WriteChoice(json, index, choice, isText);
        }

        json.WriteEndArray();
        if (_answer.Find("usage"u8) is { IsEmpty: false } usage)
        {
            Write(json, "usage"u8, usage);
        }

        json.WriteEndObject();
    }

    private static void WriteChoice(Utf8JsonWriter json, long index, AnswerNode choice, bool isText)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, index);
        if (isText)
        {
            WriteTextOr(json, "text"u8, choice.Find("text"u8), ""u8);
        }
        else
        {
            WriteMessage(json, choice.Find("delta"u8) ?? choice.Find("message"u8) ?? Nothing);
        }

        Write(json, "logprobs"u8, choice.Find("logprobs"u8) ?? Nothing);
        Write(json, "finish_reason"u8, choice.Find("finish_reason"u8) ?? Nothing);
        foreach (var (name, value) in choice.Members)
        {
            // Some servers repeat in each chunk as message what the deltas said so far.
            if (name.AsSpan() is var n && !n.SequenceEqual("delta"u8) && !n.SequenceEqual("message"u8) && !n.SequenceEqual("logprobs"u8)
                && !n.SequenceEqual("finish_reason"u8) && !(isText && n.SequenceEqual("text"u8)))
            {
                Write(json, name, value);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter json, AnswerNode delta)
    {
        json.WriteStartObject("message"u8);
        WriteTextOr(json, "role"u8, delta.Find("role"u8), "assistant"u8);

        // Streams begin with an empty text where a whole answer without text has null.
        var isElsewhere = Has(delta, "tool_calls"u8) || Has(delta, "function_call"u8) || Has(delta, "refusal"u8) || Has(delta, "audio"u8);
        var content = delta.Find("content"u8) ?? Nothing;
        Write(json, "content"u8, content.IsEmpty && isElsewhere ? Nothing : content);
        foreach (var (name, value) in delta.Members)
        {
            if (name.AsSpan() is var n && !n.SequenceEqual("role"u8) && !n.SequenceEqual("content"u8) && !n.SequenceEqual("refusal"u8)
                && !n.SequenceEqual("annotations"u8) && !(value.Kind == AnswerNodeKind.Null && IsNeverNull(n)))
            {
                Write(json, name, value);
            }
        }

        Write(json, "refusal"u8, delta.Find("refusal"u8) ?? Nothing);
        json.WritePropertyName("annotations"u8);
        if (delta.Find("annotations"u8) is { Kind: not AnswerNodeKind.Null } annotations)
        {
            annotations.Write(json);
        }
        else
        {
            json.WriteStartArray();
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static bool Has(AnswerNode node, ReadOnlySpan<byte> name) => node.Find(name) is { IsEmpty: false };

    private static bool IsNeverNull(ReadOnlySpan<byte> name) => name.SequenceEqual("tool_calls"u8) || name.SequenceEqual("function_call"u8);

    private static void WriteTextOr(Utf8JsonWriter json, ReadOnlySpan<byte> name, AnswerNode? value, ReadOnlySpan<byte> otherwise)
    {
        if (value is { Kind: not AnswerNodeKind.Null })
        {
            Write(json, name, value);
        }
        else
        {
            json.WriteString(name, otherwise);
        }
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, AnswerNode value)
    {
        json.WritePropertyName(name);
        value.Write(json);
    }

    private static bool IsObject(ReadOnlySpan<byte> chunk)
    {
        var reader = new Utf8JsonReader(chunk);
        try
        {
            var isObject = reader.Read() && reader.TokenType == JsonTokenType.StartObject;
            while (reader.Read())
            {
            }

            return isObject;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

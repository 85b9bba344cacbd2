using System.Buffers;
using System.Text;
using System.Text.Json;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Ollama;

/// <summary>One call of a tool in an answer of Ollama: whole, with its arguments as an object.</summary>
internal struct ToolCall
{
    private ByteRange _id;
    private ByteRange _name;
    private ByteRange _arguments;
    private bool _hasTextArguments;

    /// <summary>Reads the object that the reader stands on; false when it names no function.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, out ToolCall call)
    {
        call = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8))
            {
                call._id = Find(ref reader, JsonTokenType.String);
            }
            else if (reader.ValueTextEquals("function"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartObject)
                {
                    return false;
                }

                call.ReadFunction(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return call._name.Length > 2;
    }

    /// <param name="document">What the call was read from.</param>
    /// <param name="index">Its place among the calls of the answer.</param>
    /// <param name="withIndex">Write that place.</param>
    /// <param name="output">Receives OpenAI's object.</param>
    public readonly void Write(ReadOnlySpan<byte> document, int index, bool withIndex, PooledBuffer output)
    {
        output.Write("{"u8);
        if (withIndex)
        {
            output.Write("\"index\":"u8);
            output.WriteNumber(index);
            output.Write(","u8);
        }

        output.Write("\"id\":"u8);
        if (_id.Length > 2)
        {
            output.Write(document.Slice(_id.Start, _id.Length));
        }
        else
        {
            // Before 0.12.10 calls have no id; the client needs one to give the result back.
            output.Write(Encoding.UTF8.GetBytes($"\"call_{Guid.NewGuid():N}\""));
        }

        output.Write(",\"type\":\"function\",\"function\":{\"name\":"u8);
        output.Write(document.Slice(_name.Start, _name.Length));
        output.Write(",\"arguments\":"u8);
        if (_hasTextArguments)
        {
            output.Write(document.Slice(_arguments.Start, _arguments.Length));
        }
        else
        {
            output.WriteAsString(_arguments.IsEmpty ? "{}"u8 : document.Slice(_arguments.Start, _arguments.Length));
        }

        output.Write("}}"u8);
    }

    private void ReadFunction(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8))
            {
                _name = Find(ref reader, JsonTokenType.String);
            }
            else if (reader.ValueTextEquals("arguments"u8))
            {
                var ahead = reader;
                ahead.Read();
                _hasTextArguments = ahead.TokenType == JsonTokenType.String;
                _arguments = Find(ref reader, _hasTextArguments ? JsonTokenType.String : JsonTokenType.StartObject);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    /// <summary>The place of the value that follows; empty when it is of another type.</summary>
    private static ByteRange Find(ref Utf8JsonReader reader, JsonTokenType expected)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        var isExpected = reader.TokenType == expected;
        reader.Skip();
        return isExpected ? new ByteRange(start, (int)reader.BytesConsumed - start) : default;
    }
}

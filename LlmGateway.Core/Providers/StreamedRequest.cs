using System.Buffers;
using System.Text.Json;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Providers;

/// <summary>The same request for a stream with its token counts.</summary>
internal static class StreamedRequest
{
    /// <summary>At least what the edge may have let through.</summary>
    private const int MaxDepth = 1000;

    public static RequestView Of(RequestView view)
    {
        var body = view.Body.Span;
        var output = new ArrayBufferWriter<byte>(body.Length + 64);
        output.Write("{"u8);
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            var isReplaced = reader.ValueTextEquals("stream"u8) || reader.ValueTextEquals("stream_options"u8);
            reader.Read();
            reader.Skip();
            if (!isReplaced)
            {
                output.Write(body[start..(int)reader.BytesConsumed]);
                output.Write(","u8);
            }
        }

        output.Write("\"stream\":true,\"stream_options\":{\"include_usage\":true}}"u8);

        // It was read before, and nothing in it has become worse.
        return RequestReader.Read(view.Operation, output.WrittenMemory, out var streamed, MaxDepth) is null
            ? streamed
            : throw new InvalidOperationException("A request that is good asked for a stream is none.");
    }
}

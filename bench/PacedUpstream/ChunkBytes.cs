using System.Globalization;
using System.Text;
using LlmGateway.Bench.Shared;

namespace LlmGateway.Bench.PacedUpstream;

/// <summary>
/// The answer's bytes, made once: OpenAI <c>chat.completion.chunk</c> events of about 250 bytes inside HTTP/1.1
/// chunked framing. Only the stamp in a content chunk changes from send to send.
/// </summary>
internal sealed class ChunkBytes
{
    private const string Head = "{\"id\":\"chatcmpl-BkQ3xLw7TzVn2Rp9sYd4eHa6\",\"object\":\"chat.completion.chunk\",\"created\":1750000000,"
        + "\"model\":\"bench\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_62a23a81ef\",\"choices\":[";

    private static readonly string[] Words =
    [
        " the gateway", " naïve tokens", " \\\"quoted\\\" text", "\\n\\n- a list", " 日本語の文", " of plain words", " and 🙂 more", " code(x, y);",
    ];

    private readonly byte[][] _content;
    private readonly int[] _stampOffsets;

    public ChunkBytes(bool withUsage)
    {
        var tail = withUsage ? ",\"usage\":null}" : "}";
        _content = [.. Words.Select(word => Frame(Event(
            $"{{\"index\":0,\"delta\":{{\"content\":\"{word} {Stamp.Blank}\"}},\"logprobs\":null,\"finish_reason\":null}}]{tail}")))];
        _stampOffsets = [.. _content.Select(bytes => Stamp.Find(bytes))];
        Opening =
        [
            .. "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n"u8,
            .. "Transfer-Encoding: chunked\r\nx-request-id: req_bench\r\n\r\n"u8,
            .. Frame(Event(
                "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":null}]" + tail)),
        ];
        Closing =
        [
            .. Frame(Event("{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]" + tail)),
            .. withUsage ? Frame(Event("],\"usage\":{\"prompt_tokens\":24,\"completion_tokens\":75,\"total_tokens\":99}}")) : [],
            .. Frame("data: [DONE]\n\n"),
            .. "0\r\n\r\n"u8,
        ];
    }

    /// <summary>Status line, headers and the chunk that names the role.</summary>
    public byte[] Opening { get; }

    /// <summary>Finish chunk, usage chunk where asked for, [DONE] and the end of the body.</summary>
    public byte[] Closing { get; }

    /// <summary>The bytes of content chunk <paramref name="number"/>, stamped with the present time; valid until the next call.</summary>
    public ReadOnlySpan<byte> Content(int number)
    {
        var variant = number % _content.Length;
        Stamp.Write(_content[variant].AsSpan(_stampOffsets[variant]), Stamp.Now(), number);
        return _content[variant];
    }

    private static string Event(string choices) => "data: " + Head + choices + "\n\n";

    private static byte[] Frame(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text).ToString("x", CultureInfo.InvariantCulture);
        return Encoding.UTF8.GetBytes(length + "\r\n" + text + "\r\n");
    }
}

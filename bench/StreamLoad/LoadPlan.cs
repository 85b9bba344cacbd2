using System.Net;
using System.Text;

namespace LlmGateway.Bench.StreamLoad;

/// <summary>What to put on the server. Times are in milliseconds, <paramref name="Grace"/> in seconds.</summary>
internal sealed record LoadPlan(IPEndPoint Server, int Streams, int Chunks, int Interval, int Ramp, int Grace, IReadOnlyList<string> Headers)
{
    /// <summary>One chat completion request with `stream`, as an OpenAI SDK sends it.</summary>
    public byte[] Request()
    {
        var body = "{\"model\":\"bench\",\"messages\":[{\"role\":\"system\",\"content\":\"You are a helpful assistant.\"},"
            + "{\"role\":\"user\",\"content\":\"Explain in a few paragraphs how a timer wheel works, and when it beats a heap.\"}],"
            + $"\"temperature\":0.7,\"max_tokens\":{Chunks},\"user\":\"pace-{Interval}\",\"stream\":true,\"stream_options\":{{\"include_usage\":true}}}}";
        var head = new StringBuilder("POST /v1/chat/completions HTTP/1.1\r\n")
            .Append("Host: ").Append(Server).Append("\r\n")
            .Append("Content-Type: application/json\r\nAccept: text/event-stream\r\nUser-Agent: stream-load\r\n")
            .AppendJoin("", Headers.Select(header => header + "\r\n"))
            .Append("Content-Length: ").Append(Encoding.UTF8.GetByteCount(body)).Append("\r\n\r\n").Append(body);
        return Encoding.UTF8.GetBytes(head.ToString());
    }
}

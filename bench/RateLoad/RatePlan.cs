using System.Net;
using System.Text;

namespace LlmGateway.Bench.RateLoad;

/// <summary>What to put on the server: <paramref name="Rate"/> requests a second, each due at its own time.</summary>
internal sealed record RatePlan(IPEndPoint Server, string Path, byte[] Body, int Status, int Rate, int Seconds, int Connections)
{
    private const long Second = 1_000_000_000;

    /// <summary>Seconds.</summary>
    public int Grace { get; init; }

    public IReadOnlyList<string> Headers { get; init; } = [];

    public int Requests => Rate * Seconds;

    /// <summary>Nanoseconds from the beginning until the request of this number is due.</summary>
    public long DueAfter(int number) => number * Second / Rate;

    /// <summary>Nanoseconds from the beginning after which no answer counts any more.</summary>
    public long Longest => (Seconds + Grace) * Second;

    public byte[] Request()
    {
        var head = new StringBuilder($"POST {Path} HTTP/1.1\r\n")
            .Append("Host: ").Append(Server).Append("\r\n")
            .Append("Content-Type: application/json\r\nUser-Agent: rate-load\r\n")
            .AppendJoin("", Headers.Select(header => header + "\r\n"))
            .Append("Content-Length: ").Append(Body.Length).Append("\r\n\r\n");
        return [.. Encoding.UTF8.GetBytes(head.ToString()), .. Body];
    }
}

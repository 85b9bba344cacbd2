using System.IO.Compression;

namespace LlmGateway.Data.Jobs;

/// <summary>
/// The events of a whole attempt as one value: each a JSON document on a line of its own, all compressed by Brotli. The first is event 0.
/// </summary>
public static class JobEventArchive
{
    public static byte[] Write(IEnumerable<ReadOnlyMemory<byte>> events)
    {
        using var output = new MemoryStream();
        using (var compressed = new BrotliStream(output, CompressionLevel.Fastest))
        {
            foreach (var document in events)
            {
                var rest = document.Span;
                // In JSON a line end is white space and nothing else.
                for (int end; (end = rest.IndexOfAny((byte)'\r', (byte)'\n')) >= 0; rest = rest[(end + 1)..])
                {
                    compressed.Write(rest[..end]);
                    compressed.WriteByte((byte)' ');
                }

                compressed.Write(rest);
                compressed.WriteByte((byte)'\n');
            }
        }

        return output.ToArray();
    }

    /// <exception cref="InvalidDataException">The value is damaged.</exception>
    public static IReadOnlyList<byte[]> Read(byte[] archive)
    {
        using var input = new BrotliStream(new MemoryStream(archive), CompressionMode.Decompress);
        using var whole = new MemoryStream();
        input.CopyTo(whole);
        var rest = whole.GetBuffer().AsSpan(0, (int)whole.Length);
        var events = new List<byte[]>();
        for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
        {
            events.Add(rest[..end].ToArray());
        }

        return events;
    }
}

using System.Buffers.Text;

namespace LlmGateway.Bench.PacedUpstream;

/// <summary>Just enough HTTP/1.1 to know that one request has arrived whole, and the fields that steer the answer.</summary>
internal static class RequestReader
{
    /// <summary>Length of the first whole request in <paramref name="input"/>, with its body; 0 while it is incomplete.</summary>
    public static int FindEnd(ReadOnlySpan<byte> input, out ReadOnlySpan<byte> body)
    {
        body = default;
        var headerEnd = input.IndexOf("\r\n\r\n"u8);
        if (headerEnd < 0)
        {
            return 0;
        }

        var bodyStart = headerEnd + 4;
        var headers = input[..bodyStart];
        var rest = input[bodyStart..];
        if (Field(headers, "\r\nTransfer-Encoding: chunked"u8) >= 0)
        {
            // A JSON body cannot end like this by itself, and no client pipelines here.
            if (!rest.EndsWith("0\r\n\r\n"u8))
            {
                return 0;
            }

            body = rest;
            return input.Length;
        }

        var length = Number(headers, Field(headers, "\r\nContent-Length: "u8), 0);
        if (rest.Length < length)
        {
            return 0;
        }

        body = rest[..length];
        return bodyStart + length;
    }

    public static bool Has(ReadOnlySpan<byte> body, ReadOnlySpan<byte> text) => body.IndexOf(text) >= 0;

    /// <summary>The number that follows <paramref name="name"/> in the body.</summary>
    public static int Number(ReadOnlySpan<byte> body, ReadOnlySpan<byte> name, int fallback)
    {
        var at = body.IndexOf(name);
        return Number(body, at < 0 ? -1 : at + name.Length, fallback);
    }

    private static int Number(ReadOnlySpan<byte> text, int at, int fallback)
    {
        while (at >= 0 && at < text.Length && text[at] == (byte)' ')
        {
            at++;
        }

        return at >= 0 && Utf8Parser.TryParse(text[at..], out int value, out _) ? value : fallback;
    }

    /// <summary>Where the header's value starts; header names are matched without regard to case. -1 when absent.</summary>
    private static int Field(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> name)
    {
        for (var at = 0; at + name.Length <= headers.Length; at++)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(headers.Slice(at, name.Length), name))
            {
                return at + name.Length;
            }
        }

        return -1;
    }
}

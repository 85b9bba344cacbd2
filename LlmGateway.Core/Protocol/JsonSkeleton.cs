using System.Buffers;

namespace LlmGateway.Core.Protocol;

/// <summary>
/// A document without the inside of its long strings. Reading a megabyte of text byte by byte, to learn only where it ends, would
/// cost more than all the rest of a request; finding quotes is vectorised. Everything outside long strings stays as it is, so that
/// whoever reads the skeleton checks the structure of the whole. What is not checked is the inside: a provider's bad escape in a
/// long text fails in the client's parser, loudly.
/// </summary>
internal static class JsonSkeleton
{
    /// <summary>Strings longer than this are emptied, in bytes.</summary>
    private const int LongString = 256;

    /// <summary>Writes the skeleton of <paramref name="document"/>. A string without an end is kept, so that a cut stays a cut.</summary>
    public static void Write(ReadOnlySpan<byte> document, PooledBuffer skeleton)
    {
        while (true)
        {
            var open = document.IndexOf((byte)'"');
            var length = open < 0 ? -1 : FindEnd(document[(open + 1)..]);
            if (length < 0)
            {
                skeleton.Write(document);
                return;
            }

            var end = open + length + 2;
            if (length <= LongString)
            {
                skeleton.Write(document[..end]);
            }
            else
            {
                skeleton.Write(document[..(open + 1)]);
                skeleton.Write("\""u8);
            }

            document = document[end..];
        }
    }

    /// <summary>Where the string that begins here ends: at the first quote with an even number of backslashes before it. -1 when nowhere.</summary>
    private static int FindEnd(ReadOnlySpan<byte> text)
    {
        for (var at = 0; ; at++)
        {
            var found = text[at..].IndexOf((byte)'"');
            if (found < 0)
            {
                return -1;
            }

            at += found;
            var backslashes = 0;
            while (at > backslashes && text[at - 1 - backslashes] == (byte)'\\')
            {
                backslashes++;
            }

            if (backslashes % 2 == 0)
            {
                return at;
            }
        }
    }
}

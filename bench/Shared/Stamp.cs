using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace LlmGateway.Bench.Shared;

/// <summary>
/// What the upstream writes into every chunk's text and the client reads back: <c>@TTTTTTTTTTTTTTTT:SSSSS</c>, the send
/// time in nanoseconds of the machine's monotonic clock (16 hexadecimal digits) and the chunk's number (5 digits).
/// Plain ASCII inside a JSON string, so that it survives a gateway that writes the JSON anew.
/// </summary>
internal static class Stamp
{
    public const int Length = 23;
    private const int TimeOffset = 1;
    private const int TimeLength = 16;
    private const int NumberOffset = 18;
    private const int NumberLength = 5;

    /// <summary>A place holder of the right length, to be overwritten by <see cref="Write"/>.</summary>
    public static string Blank { get; } = "@" + new string('0', TimeLength) + ":" + new string('0', NumberLength);

    /// <summary>Monotonic nanoseconds; the same clock in every process of the machine (CLOCK_MONOTONIC).</summary>
    public static long Now() => Stopwatch.GetTimestamp() * (1_000_000_000L / Stopwatch.Frequency);

    public static void Write(Span<byte> place, long nanoseconds, int number)
    {
        nanoseconds.TryFormat(place.Slice(TimeOffset, TimeLength), out _, "x16", CultureInfo.InvariantCulture);
        number.TryFormat(place.Slice(NumberOffset, NumberLength), out _, "d5", CultureInfo.InvariantCulture);
    }

    public static bool TryRead(ReadOnlySpan<byte> text, out long nanoseconds, out int number)
    {
        nanoseconds = 0;
        number = 0;
        var at = text.IndexOf((byte)'@');
        if (at < 0 || text.Length - at < Length || text[at + NumberOffset - 1] != (byte)':')
        {
            return false;
        }

        return long.TryParse(text.Slice(at + TimeOffset, TimeLength), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out nanoseconds)
            && int.TryParse(text.Slice(at + NumberOffset, NumberLength), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>Where <see cref="Blank"/> stands in <paramref name="text"/>.</summary>
    public static int Find(ReadOnlySpan<byte> text) => text.IndexOf(Encoding.ASCII.GetBytes(Blank));
}

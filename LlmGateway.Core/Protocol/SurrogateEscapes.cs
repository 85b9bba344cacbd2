using System.Globalization;

namespace LlmGateway.Core.Protocol;

/// <summary>
/// Looks for escapes such as <c>\ud83d</c> without their other half: JSON by its grammar, but no text. Whoever decodes such a
/// string later would fail, so it is found before anything is decoded.
/// </summary>
internal static class SurrogateEscapes
{
    private const int EscapeLength = 6;

    /// <param name="json">A well-formed JSON document.</param>
    public static bool HasUnpaired(ReadOnlySpan<byte> json)
    {
        for (var at = 0; ; )
        {
            var found = json[at..].IndexOf("\\u"u8);
            if (found < 0)
            {
                return false;
            }

            at += found;
            if (IsItselfEscaped(json, at))
            {
                at += 2;
                continue;
            }

            var unit = ReadUnit(json, at);
            if (char.IsLowSurrogate(unit))
            {
                return true;
            }

            at += EscapeLength;
            if (char.IsHighSurrogate(unit))
            {
                if (!json[at..].StartsWith("\\u"u8) || !char.IsLowSurrogate(ReadUnit(json, at)))
                {
                    return true;
                }

                at += EscapeLength;
            }
        }
    }

    /// <summary>An odd number of backslashes before this one makes it a plain character.</summary>
    private static bool IsItselfEscaped(ReadOnlySpan<byte> json, int at) => ((at - 1 - json[..at].LastIndexOfAnyExcept((byte)'\\')) & 1) != 0;

    private static char ReadUnit(ReadOnlySpan<byte> json, int at) =>
        (char)(ushort.TryParse(json.Slice(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit) ? unit : 0);
}

using System.Buffers;

namespace LlmGateway.Core.Sensitivity.Text;

/// <summary>What a string is that holds data instead of text.</summary>
internal enum DataKind
{
    None,
    Image,
    Other,
}

/// <summary>Tells data in base64 from text: data URLs (RFC 2397), images, and other long strings in that alphabet.</summary>
internal static class BinaryData
{
    /// <summary>How far into a string the head of a data URL may reach.</summary>
    private const int MaxHead = 256;

    /// <summary>Shorter strings in base64 are looked at like any text.</summary>
    private const int MinBare = 512;

    private static readonly SearchValues<byte> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_\\"u8);

    /// <param name="json">The inside of a JSON string; a slash may be escaped.</param>
    /// <param name="kind">What was recognised.</param>
    /// <returns>How many bytes of data to leave out at which offset; nothing for text, and for data that is no image.</returns>
    public static (int Start, int Length) Find(ReadOnlySpan<byte> json, out DataKind kind)
    {
        kind = DataKind.None;
        if (json.Length >= 5 && System.Text.Ascii.EqualsIgnoreCase(json[..5], "data:"u8))
        {
            var comma = json[..Math.Min(json.Length, MaxHead)].IndexOf((byte)',');
            if (comma < 0 || json[..comma].IndexOf(";base64"u8) < 0)
            {
                return default;
            }

            kind = IsImageType(json[5..comma]) ? DataKind.Image : DataKind.Other;
            var length = json[(comma + 1)..].IndexOfAnyExcept(Base64);
            return (comma + 1, length < 0 ? json.Length - comma - 1 : length);
        }

        if (json.Length < MinBare || json.ContainsAnyExcept(Base64))
        {
            return default;
        }

        if (IsImage(json))
        {
            kind = DataKind.Image;
            return (0, json.Length);
        }

        // It may also be a text without spaces, so it is looked at as well.
        kind = LooksEncoded(json) ? DataKind.Other : DataKind.None;
        return default;
    }

    private static bool IsImageType(ReadOnlySpan<byte> type) => type.Length >= 6 && System.Text.Ascii.EqualsIgnoreCase(type[..5], "image"u8);

    /// <summary>The first bytes of PNG, JPEG, GIF and WebP.</summary>
    private static bool IsImage(ReadOnlySpan<byte> base64) =>
        base64.StartsWith("iVBORw0KGgo"u8) || base64.StartsWith("/9j/"u8) || base64.StartsWith("\\/9j\\/"u8) || base64.StartsWith("R0lGOD"u8) || base64.StartsWith("UklGR"u8);

    private static bool LooksEncoded(ReadOnlySpan<byte> text)
    {
        text = text[..MinBare];
        return text.ContainsAnyInRange((byte)'a', (byte)'z') && text.ContainsAnyInRange((byte)'A', (byte)'Z') && text.ContainsAnyInRange((byte)'0', (byte)'9');
    }
}

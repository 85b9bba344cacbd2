using System.Buffers;

namespace LlmGateway.Core.Sensitivity.Text;

/// <summary>Tells data in base64 from text: images of typed parts, data URLs (RFC 2397), and other long strings in that alphabet.</summary>
internal static class BinaryData
{
    /// <summary>How far into a string the head of a data URL may reach.</summary>
    private const int MaxHead = 256;

    /// <summary>Shorter strings in base64 are looked at like any text.</summary>
    private const int MinBare = 512;

    /// <summary>Characters of base64 that are decoded to recognise an image: 12 bytes.</summary>
    private const int MagicLength = 16;

    private static readonly SearchValues<byte> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);

    private static readonly SearchValues<byte> Bare = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_\\"u8);

    /// <summary>
    /// The data of an image in the URL of an image part: what is left out of the search. Only bytes that begin as an image does count, so
    /// that no text can be hidden behind the head of a data URL.
    /// </summary>
    /// <param name="json">The inside of a JSON string; a slash may be escaped.</param>
    /// <returns>Where the data begins and how long it is; no length where it is no image.</returns>
    public static (int Start, int Length) FindImage(ReadOnlySpan<byte> json)
    {
        var start = DataStart(json);
        return start > 0 && IsImage(json[start..]) ? (start, DataLength(json[start..])) : default;
    }

    /// <summary>Whether the string holds data that cannot be read. It may be a text as well, so it is looked at all the same.</summary>
    public static bool IsUnreadable(ReadOnlySpan<byte> json) =>
        DataStart(json) > 0 || (json.Length >= MinBare && !json.ContainsAnyExcept(Bare) && LooksEncoded(json));

    /// <summary>Where the data of a data URL in base64 begins; 0 when it is none.</summary>
    private static int DataStart(ReadOnlySpan<byte> json)
    {
        if (json.Length < 5 || !System.Text.Ascii.EqualsIgnoreCase(json[..5], "data:"u8))
        {
            return 0;
        }

        var comma = json[..Math.Min(json.Length, MaxHead)].IndexOf((byte)',');
        return comma >= 0 && json[..comma].IndexOf(";base64"u8) >= 0 ? comma + 1 : 0;
    }

    private static int DataLength(ReadOnlySpan<byte> data)
    {
        var length = 0;
        while (true)
        {
            var run = data[length..].IndexOfAnyExcept(Base64);
            if (run < 0)
            {
                return data.Length;
            }

            length += run;
            if (!data[length..].StartsWith("\\/"u8))
            {
                return length;
            }

            length += 2;
        }
    }

    /// <summary>The first bytes of PNG, JPEG, GIF, WebP, TIFF and the HEIF family.</summary>
    private static bool IsImage(ReadOnlySpan<byte> data)
    {
        Span<byte> text = stackalloc byte[MagicLength];
        var count = 0;
        for (var i = 0; i < data.Length && count < MagicLength; i++)
        {
            if (data[i] != '\\')
            {
                text[count++] = data[i];
            }
            else if (i + 1 >= data.Length || data[i + 1] != '/')
            {
                return false;
            }
        }

        Span<byte> bytes = stackalloc byte[MagicLength];
        if (System.Buffers.Text.Base64.DecodeFromUtf8(text[..(count / 4 * 4)], bytes, out _, out var decoded) != OperationStatus.Done || decoded < 6)
        {
            return false;
        }

        bytes = bytes[..decoded];
        return bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A])
            || bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])
            || bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8)
            || (bytes.StartsWith("RIFF"u8) && bytes.Length >= 12 && bytes[8..12].SequenceEqual("WEBP"u8))
            || bytes.StartsWith((ReadOnlySpan<byte>)[(byte)'I', (byte)'I', 0x2A, 0]) || bytes.StartsWith((ReadOnlySpan<byte>)[(byte)'M', (byte)'M', 0, 0x2A])
            || (bytes.Length >= 12 && bytes[..3].SequenceEqual((ReadOnlySpan<byte>)[0, 0, 0]) && bytes[4..8].SequenceEqual("ftyp"u8) && IsHeifBrand(bytes[8..12]));
    }

    private static bool IsHeifBrand(ReadOnlySpan<byte> brand) =>
        brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8) || brand.SequenceEqual("heic"u8) || brand.SequenceEqual("heix"u8)
        || brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("msf1"u8);

    private static bool LooksEncoded(ReadOnlySpan<byte> text)
    {
        text = text[..MinBare];
        return text.ContainsAnyInRange((byte)'a', (byte)'z') && text.ContainsAnyInRange((byte)'A', (byte)'Z') && text.ContainsAnyInRange((byte)'0', (byte)'9');
    }
}

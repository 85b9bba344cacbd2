using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace LlmGateway.Providers.Translation;

/// <summary>Takes a <c>data:</c> URL with base64 apart (source: RFC 2397).</summary>
internal static class DataUrl
{
    /// <summary>False when the string is no such URL, or holds nothing.</summary>
    /// <param name="url">A JSON string.</param>
    /// <param name="mediaType">Without parameters; empty when the URL names none.</param>
    /// <param name="data">The base64, found to be valid.</param>
    public static bool TryRead(JsonElement url, out ReadOnlySpan<byte> mediaType, out ReadOnlySpan<byte> data)
    {
        // Some encoders escape the slashes of base64; otherwise the data is not decoded on its way.
        var text = JsonText.RawInner(url);
        text = text.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(url.GetString()!) : text;
        var comma = text.IndexOf((byte)',');
        if (comma < 0 || !IsBase64(text[..comma]) || !Base64.IsValid(text[(comma + 1)..], out var length) || length == 0)
        {
            mediaType = data = default;
            return false;
        }

        mediaType = text["data:".Length..comma];
        mediaType = mediaType[..mediaType.IndexOf((byte)';')];
        data = text[(comma + 1)..];
        return true;
    }

    /// <summary>The URL of an <c>image_url</c> part, which is a string or an object that has one.</summary>
    public static bool TryFindImage(JsonElement part, out JsonElement url) =>
        part.TryGetProperty("image_url"u8, out url)
        && (url.ValueKind != JsonValueKind.Object || url.TryGetProperty("url"u8, out url))
        && url.ValueKind == JsonValueKind.String;

    private static bool IsBase64(ReadOnlySpan<byte> head) =>
        head.Length >= "data:;base64".Length
        && Ascii.EqualsIgnoreCase(head[.."data:".Length], "data:"u8)
        && Ascii.EqualsIgnoreCase(head[^";base64".Length..], ";base64"u8);
}

using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace LlmGateway.Providers.Ollama;

/// <summary>
/// Takes the image out of a <c>data:</c> URL. Addresses are never fetched: a request could make the gateway call what only the gateway
/// can reach.
/// </summary>
internal static class ImageUrl
{
    /// <summary>Writes the bare base64 of the content part's image; false when it is no base64 <c>data:</c> URL.</summary>
    public static bool TryWrite(JsonElement part, Utf8JsonWriter json)
    {
        if (!part.TryGetProperty("image_url"u8, out var url)
            || (url.ValueKind == JsonValueKind.Object && !url.TryGetProperty("url"u8, out url))
            || url.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        // Some encoders escape the slashes of base64; otherwise the image is not decoded on its way.
        var text = JsonText.RawInner(url);
        text = text.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(url.GetString()!) : text;
        var comma = text.IndexOf((byte)',');
        if (comma < 0 || !IsBase64Data(text[..comma]) || !Base64.IsValid(text[(comma + 1)..], out var length) || length == 0)
        {
            return false;
        }

        json.WriteStringValue(text[(comma + 1)..]);
        return true;
    }

    private static bool IsBase64Data(ReadOnlySpan<byte> head) =>
        head.Length >= "data:;base64".Length
        && Ascii.EqualsIgnoreCase(head[.."data:".Length], "data:"u8)
        && Ascii.EqualsIgnoreCase(head[^";base64".Length..], ";base64"u8);
}

using System.Text.Json;
using LlmGateway.Providers.Translation;

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
        if (!DataUrl.TryFindImage(part, out var url) || !DataUrl.TryRead(url, out _, out var data))
        {
            return false;
        }

        json.WriteStringValue(data);
        return true;
    }
}

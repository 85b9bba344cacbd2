using System.Text;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>Writes content blocks in Anthropic's form.</summary>
internal sealed class BlockWriter(Utf8JsonWriter json) : ContentWriter
{
    protected override void WriteText(JsonElement text, JsonElement holder)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "text"u8);
        json.WriteRaw("text"u8, text);
        EndBlock(holder);
    }

    protected override GatewayError? WriteImage(JsonElement part, string path)
    {
        if (DataUrl.TryFindImage(part, out var url))
        {
            if (DataUrl.TryRead(url, out var mediaType, out var data) && !mediaType.IsEmpty)
            {
                json.WriteStartObject();
                json.WriteString("type"u8, "image"u8);
                // The name that is often written is none of a media type.
                WriteBase64(Ascii.EqualsIgnoreCase(mediaType, "image/jpg"u8) ? "image/jpeg"u8 : mediaType, data);
                EndBlock(part);
                return null;
            }

            var address = url.GetString()!;
            if (address.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || address.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
            {
                // The provider fetches it, not the gateway.
                json.WriteStartObject();
                json.WriteString("type"u8, "image"u8);
                json.WriteStartObject("source"u8);
                json.WriteString("type"u8, "url"u8);
                json.WriteRaw("url"u8, url);
                json.WriteEndObject();
                EndBlock(part);
                return null;
            }
        }

        return GatewayError.Invalid(
            $"{path}.image_url", "invalid_image_url", "Images for this model must have a URL of the form 'data:image/png;base64,…' or 'https://…'.");
    }

    /// <summary>OpenAI's <c>file</c> part: a PDF inside of the request.</summary>
    protected override GatewayError? WriteFile(JsonElement part, string path)
    {
        if (!JsonText.TryGet(part, "file"u8, out var file) || file.ValueKind != JsonValueKind.Object
            || !JsonText.TryGet(file, "file_data"u8, out var url) || url.ValueKind != JsonValueKind.String
            || !DataUrl.TryRead(url, out var mediaType, out var data) || !Ascii.EqualsIgnoreCase(mediaType, "application/pdf"u8))
        {
            return FieldPolicy.Unsupported($"{path}.file", "Files for this model must be PDFs inside of the request: 'file_data' of the form 'data:application/pdf;base64,…'.");
        }

        json.WriteStartObject();
        json.WriteString("type"u8, "document"u8);
        WriteBase64("application/pdf"u8, data);
        if (JsonText.TryGet(file, "filename"u8, out var name) && name.ValueKind == JsonValueKind.String)
        {
            json.WriteRaw("title"u8, name);
        }

        EndBlock(part);
        return null;
    }

    protected override GatewayError Unsupported(string param, string message) => FieldPolicy.Unsupported(param, message);

    private void WriteBase64(ReadOnlySpan<byte> mediaType, ReadOnlySpan<byte> data)
    {
        json.WriteStartObject("source"u8);
        json.WriteString("type"u8, "base64"u8);
        json.WriteString("media_type"u8, mediaType);
        json.WriteString("data"u8, data);
        json.WriteEndObject();
    }

    private void EndBlock(JsonElement holder)
    {
        if (JsonText.TryGet(holder, "cache_control"u8, out var cache))
        {
            json.WriteRaw("cache_control"u8, cache);
        }

        json.WriteEndObject();
    }
}

using System.Text;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>Which content parts a place takes.</summary>
internal enum ContentKinds
{
    Text,

    /// <summary>Text, images and files.</summary>
    All,
}

/// <summary>Writes the content of a message as blocks. Empty texts are left out: the API refuses them.</summary>
internal sealed class ContentWriter(Utf8JsonWriter json)
{
    /// <summary>Nothing would be written of it.</summary>
    public static bool IsEmpty(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => JsonText.RawInner(content).IsEmpty,
        JsonValueKind.Array => content.EnumerateArray().All(IsEmptyText),
        _ => false,
    };

    /// <summary>Writes the blocks of <c>content</c>, or of <c>refusal</c>, into the array that is open.</summary>
    public GatewayError? Write(JsonElement message, string path, ContentKinds allowed)
    {
        if (!JsonText.TryGet(message, "content"u8, out var content) && !JsonText.TryGet(message, "refusal"u8, out content))
        {
            return null;
        }

        switch (content.ValueKind)
        {
            case JsonValueKind.String:
                WriteText(content, message);
                return null;
            case JsonValueKind.Array:
                return WriteParts(content, path, allowed);
            default:
                return GatewayError.Invalid($"{path}.content", "invalid_type", $"Invalid type for '{path}.content': expected a string or an array of content parts.");
        }
    }

    public GatewayError? WriteParts(JsonElement parts, string path, ContentKinds allowed)
    {
        var index = 0;
        foreach (var part in parts.EnumerateArray())
        {
            if (WritePart(part, $"{path}.content[{index++}]", allowed) is { } error)
            {
                return error;
            }
        }

        return null;
    }

    private static bool IsEmptyText(JsonElement part) =>
        part.TryGetProperty("type"u8, out var type) && JsonText.IsText(type, "text"u8)
        && part.TryGetProperty("text"u8, out var text) && text.ValueKind == JsonValueKind.String && JsonText.RawInner(text).IsEmpty;

    private GatewayError? WritePart(JsonElement part, string path, ContentKinds allowed)
    {
        var type = part.GetProperty("type"u8);
        if (type.ValueEquals("text"u8) || type.ValueEquals("refusal"u8))
        {
            var name = type.ValueEquals("text"u8) ? "text" : "refusal";
            if (!part.TryGetProperty(name, out var text) || text.ValueKind != JsonValueKind.String)
            {
                return GatewayError.Invalid($"{path}.{name}", "invalid_type", $"Invalid type for '{path}.{name}': expected a string.");
            }

            WriteText(text, part);
            return null;
        }

        if (allowed == ContentKinds.All && type.ValueEquals("image_url"u8))
        {
            return WriteImage(part, path);
        }

        return allowed == ContentKinds.All && type.ValueEquals("file"u8)
            ? WriteFile(part, path)
            : FieldPolicy.Unsupported(path, $"This model takes no content part of the type '{type.GetString()}' here.");
    }

    private void WriteText(JsonElement text, JsonElement holder)
    {
        if (JsonText.RawInner(text).IsEmpty)
        {
            return;
        }

        json.WriteStartObject();
        json.WriteString("type"u8, "text"u8);
        json.WriteRaw("text"u8, text);
        EndBlock(holder);
    }

    private GatewayError? WriteImage(JsonElement part, string path)
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
    private GatewayError? WriteFile(JsonElement part, string path)
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

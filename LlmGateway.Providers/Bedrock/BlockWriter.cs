using System.Text;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Bedrock;

/// <summary>Writes content blocks in Converse's form: each an object whose one member names its kind.</summary>
internal sealed class BlockWriter(Utf8JsonWriter json) : ContentWriter
{
    private const int LongestDocumentName = 200;

    private int _documents;

    protected override void WriteText(JsonElement text, JsonElement holder)
    {
        json.WriteStartObject();
        json.WriteRaw("text"u8, text);
        json.WriteEndObject();
        WriteCachePoint(holder, json);
    }

    /// <summary>Images are sent as their bytes: Converse fetches none, and neither does the gateway.</summary>
    protected override GatewayError? WriteImage(JsonElement part, string path)
    {
        if (!DataUrl.TryFindImage(part, out var url) || !DataUrl.TryRead(url, out var mediaType, out var data) || ImageFormat(mediaType) is not { IsEmpty: false } format)
        {
            return GatewayError.Invalid(
                $"{path}.image_url", "invalid_image_url",
                "Images for this model must have a URL of the form 'data:image/png;base64,…' and be of the type png, jpeg, gif or webp.");
        }

        json.WriteStartObject();
        json.WriteStartObject("image"u8);
        json.WriteString("format"u8, format);
        WriteBytes(data);
        json.WriteEndObject();
        json.WriteEndObject();
        WriteCachePoint(part, json);
        return null;
    }

    /// <summary>OpenAI's <c>file</c> part: a document inside of the request.</summary>
    protected override GatewayError? WriteFile(JsonElement part, string path)
    {
        if (!JsonText.TryGet(part, "file"u8, out var file) || file.ValueKind != JsonValueKind.Object
            || !JsonText.TryGet(file, "file_data"u8, out var url) || url.ValueKind != JsonValueKind.String
            || !DataUrl.TryRead(url, out var mediaType, out var data) || DocumentFormat(Encoding.UTF8.GetString(mediaType)) is not { } format)
        {
            return Unsupported(
                $"{path}.file",
                "Files for this model must be documents inside of the request: 'file_data' of the form 'data:application/pdf;base64,…', and a PDF, CSV, Word, Excel, HTML, text or Markdown file.");
        }

        json.WriteStartObject();
        json.WriteStartObject("document"u8);
        json.WriteString("format"u8, format);
        json.WriteString("name"u8, DocumentName(file));
        WriteBytes(data);
        json.WriteEndObject();
        json.WriteEndObject();
        WriteCachePoint(part, json);
        return null;
    }

    protected override GatewayError Unsupported(string param, string message) => FieldPolicy.Unsupported(param, message);

    /// <summary>Anthropic's extension <c>cache_control</c> is a block of its own here, after what shall be cached.</summary>
    public static void WriteCachePoint(JsonElement holder, Utf8JsonWriter json)
    {
        if (!JsonText.TryGet(holder, "cache_control"u8, out var cache) || cache.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        json.WriteStartObject();
        json.WriteStartObject("cachePoint"u8);
        json.WriteString("type"u8, "default"u8);
        if (JsonText.TryGet(cache, "ttl"u8, out var ttl))
        {
            json.WriteRaw("ttl"u8, ttl);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static ReadOnlySpan<byte> ImageFormat(ReadOnlySpan<byte> mediaType) =>
        Ascii.EqualsIgnoreCase(mediaType, "image/png"u8) ? "png"u8
        : Ascii.EqualsIgnoreCase(mediaType, "image/jpeg"u8) || Ascii.EqualsIgnoreCase(mediaType, "image/jpg"u8) ? "jpeg"u8
        : Ascii.EqualsIgnoreCase(mediaType, "image/gif"u8) ? "gif"u8
        : Ascii.EqualsIgnoreCase(mediaType, "image/webp"u8) ? "webp"u8
        : default;

    private static string? DocumentFormat(string mediaType) => mediaType.ToLowerInvariant() switch
    {
        "application/pdf" => "pdf",
        "text/csv" => "csv",
        "application/msword" => "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "text/html" => "html",
        "text/plain" => "txt",
        "text/markdown" => "md",
        _ => null,
    };

    /// <summary>Converse demands a name of letters, digits, single spaces, hyphens and brackets, which no other document has.</summary>
    private string DocumentName(JsonElement file)
    {
        var number = ++_documents;
        var given = JsonText.TryGet(file, "filename"u8, out var name) && name.ValueKind == JsonValueKind.String ? Path.GetFileNameWithoutExtension(name.GetString()!) : "";
        var clean = new StringBuilder();
        foreach (var c in given.Take(LongestDocumentName - 20))
        {
            clean.Append(char.IsAsciiLetterOrDigit(c) || c is '(' or ')' or '[' or ']' ? c : '-');
        }

        var told = clean.ToString().Trim('-');
        return told.Length == 0 ? FormattableString.Invariant($"document-{number}")
            : number == 1 ? told
            : FormattableString.Invariant($"{told}-{number}");
    }

    private void WriteBytes(ReadOnlySpan<byte> base64)
    {
        json.WriteStartObject("source"u8);
        json.WriteString("bytes"u8, base64);
        json.WriteEndObject();
    }
}

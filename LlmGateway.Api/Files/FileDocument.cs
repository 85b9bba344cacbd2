using System.Text.Json;
using LlmGateway.Data.Files;

namespace LlmGateway.Api.Files;

/// <summary>OpenAI's file object (source: schema <c>OpenAIFile</c> of its published API description).</summary>
internal static class FileDocument
{
    public static void Write(Utf8JsonWriter json, StoredFile file)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, file.Id);
        json.WriteString("object"u8, "file"u8);
        json.WriteNumber("bytes"u8, file.Bytes);
        json.WriteNumber("created_at"u8, file.CreatedAt.ToUnixTimeSeconds());
        if (file.ExpiresAt is { } expiry)
        {
            json.WriteNumber("expires_at"u8, expiry.ToUnixTimeSeconds());
        }

        json.WriteString("filename"u8, file.Filename);
        json.WriteString("purpose"u8, file.Purpose);
        // Deprecated at OpenAI and still required by its schema.
        json.WriteString("status"u8, "processed"u8);
        json.WriteEndObject();
    }
}

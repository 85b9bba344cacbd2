using System.Text.Json;
using LlmGateway.Core.Errors;

namespace LlmGateway.Providers.Translation;

/// <summary>Which content parts a place takes.</summary>
internal enum ContentKinds
{
    Text,

    /// <summary>Text, images and files.</summary>
    All,
}

/// <summary>Writes the content of a message as blocks, whose form an API decides. Blank texts are left out: no API takes them.</summary>
internal abstract class ContentWriter
{
    /// <summary>Nothing would be written of it.</summary>
    public static bool IsEmpty(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => JsonText.IsBlank(content),
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
                WriteTextOf(content, message);
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

    /// <summary>Writes a text that is not blank.</summary>
    /// <param name="text">A string.</param>
    /// <param name="holder">The message or part that holds it, with whatever else it says.</param>
    protected abstract void WriteText(JsonElement text, JsonElement holder);

    protected abstract GatewayError? WriteImage(JsonElement part, string path);

    protected abstract GatewayError? WriteFile(JsonElement part, string path);

    /// <summary>What the API cannot express.</summary>
    protected abstract GatewayError Unsupported(string param, string message);

    private static bool IsEmptyText(JsonElement part) =>
        part.TryGetProperty("type"u8, out var type) && JsonText.IsText(type, "text"u8)
        && part.TryGetProperty("text"u8, out var text) && text.ValueKind == JsonValueKind.String && JsonText.IsBlank(text);

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

            WriteTextOf(text, part);
            return null;
        }

        if (allowed == ContentKinds.All && type.ValueEquals("image_url"u8))
        {
            return WriteImage(part, path);
        }

        return allowed == ContentKinds.All && type.ValueEquals("file"u8)
            ? WriteFile(part, path)
            : Unsupported(path, $"This model takes no content part of the type '{type.GetString()}' here.");
    }

    private void WriteTextOf(JsonElement text, JsonElement holder)
    {
        if (!JsonText.IsBlank(text))
        {
            WriteText(text, holder);
        }
    }
}

using System.Buffers;
using System.Text.Json;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Bedrock;

/// <summary>Unions and names as the service's model defines them.</summary>
internal static class ConverseBlocks
{
    private const int LongestName = 64;
    private const string NamePattern = "[a-zA-Z0-9_-]+";
    private const string IdPattern = "[a-zA-Z0-9_.:-]+";
    private const string InName = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(InName);
    private static readonly SearchValues<char> IdCharacters = SearchValues.Create(InName + ".:");

    /// <summary>The one member that a union has.</summary>
    /// <exception cref="SimulatorException">400: none, several, or none that is known.</exception>
    public static (string Kind, JsonElement Value) Single(JsonElement union, string at, params ReadOnlySpan<string> known)
    {
        if (union.ValueKind != JsonValueKind.Object) throw JsonFields.WrongType(at, "an object", union);
        string? kind = null;
        var value = default(JsonElement);
        foreach (var member in union.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Null) continue;
            if (kind is not null || !known.Contains(member.Name)) throw NotOne(at, known);
            kind = member.Name;
            value = member.Value;
        }

        return kind is null ? throw NotOne(at, known) : (kind, value);
    }

    /// <summary>A tool's name.</summary>
    public static string Name(JsonElement json, string at) => Name(json, "name", at, NameCharacters, NamePattern);

    /// <summary>The id of a tool's use.</summary>
    public static string UseId(JsonElement json, string at) => Name(json, "toolUseId", at, IdCharacters, IdPattern);

    /// <summary>Text that is more than white space.</summary>
    public static string Text(JsonElement value, string at)
    {
        var text = value.Text(at + ".text");
        return string.IsNullOrWhiteSpace(text)
            ? throw BedrockErrors.Invalid($"The text field in the ContentBlock object at {at} is blank. Add text to the text field, and try again.")
            : text;
    }

    /// <summary>A format that is served and bytes in base64.</summary>
    public static void CheckImage(JsonElement image, string at)
    {
        var format = image.String("format", at + ".format") ?? throw BedrockErrors.Required(at + ".format");
        if (format is not ("png" or "jpeg" or "gif" or "webp"))
            throw BedrockErrors.Constraint(at + ".format", format, "Member must satisfy enum value set: [png, jpeg, gif, webp]");
        var source = image.Field("source") ?? throw BedrockErrors.Required(at + ".source");
        var (kind, value) = Single(source, at + ".source", "bytes", "s3Location");
        if (kind == "s3Location") throw BedrockErrors.Invalid($"This model doesn't support the S3 location at {at}.source. Send the bytes of the image.");
        if (value.ValueKind != JsonValueKind.String) throw JsonFields.WrongType(at + ".source.bytes", "a string in base64", value);
        if (!value.TryGetBytesFromBase64(out var bytes)) throw BedrockErrors.Invalid($"The value at {at}.source.bytes is not valid base64.");
        if (bytes.Length == 0) throw BedrockErrors.Constraint(at + ".source.bytes", "", "Member must have length greater than or equal to 1");
    }

    private static string Name(JsonElement json, string member, string at, SearchValues<char> allowed, string pattern)
    {
        at = $"{at}.{member}";
        var name = json.String(member, at) ?? throw BedrockErrors.Required(at);
        if (name.Length is 0 or > LongestName) throw BedrockErrors.Constraint(at, name, $"Member must have length between 1 and {LongestName}, inclusive");
        return name.AsSpan().ContainsAnyExcept(allowed)
            ? throw BedrockErrors.Constraint(at, name, "Member must satisfy regular expression pattern: " + pattern)
            : name;
    }

    private static SimulatorException NotOne(string at, ReadOnlySpan<string> known) =>
        BedrockErrors.Invalid($"The object at {at} must set exactly one of the following keys: {string.Join(", ", known)}.");
}

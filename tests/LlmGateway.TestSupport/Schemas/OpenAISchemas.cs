using System.Text.Json;

namespace LlmGateway.TestSupport;

/// <summary>OpenAI's published schemas (Schemas/README.md).</summary>
public static class OpenAISchemas
{
    private static readonly Lazy<JsonElement> Root = new(() =>
    {
        using var stream = typeof(OpenAISchemas).Assembly.GetManifestResourceStream("openai-schemas.json")!;
        return JsonDocument.Parse(stream).RootElement;
    });

    /// <param name="definition">Such as <c>CreateChatCompletionResponse</c>.</param>
    /// <returns>Empty when the instance is valid; else one line per violation, with its place.</returns>
    /// <exception cref="ArgumentException">There is no such definition.</exception>
    public static IReadOnlyList<string> Validate(string definition, JsonElement instance)
    {
        if (!Root.Value.GetProperty("$defs").TryGetProperty(definition, out var schema))
            throw new ArgumentException($"OpenAI's schemas define no '{definition}'.", nameof(definition));
        return JsonSchemaValidator.Validate(Root.Value, schema, instance);
    }

    /// <inheritdoc cref="Validate(string, JsonElement)"/>
    public static IReadOnlyList<string> Validate(string definition, string json)
    {
        using var document = JsonDocument.Parse(json);
        return Validate(definition, document.RootElement);
    }

    public static void AssertValid(string definition, string json)
    {
        var errors = Validate(definition, json);
        Assert.True(errors.Count == 0, $"Not a {definition}:\n{string.Join('\n', errors)}\n{json}");
    }
}

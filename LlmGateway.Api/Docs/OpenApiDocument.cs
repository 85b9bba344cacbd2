using System.Reflection;
using System.Text.Json.Nodes;

namespace LlmGateway.Api.Docs;

/// <summary>
/// Puts the OpenAPI document together: the parts under <c>OpenApi/</c>, one per concern, merged; the snippets under <c>Samples/</c> as
/// <c>x-codeSamples</c> of their operations; the version of this build.
/// </summary>
internal static class OpenApiDocument
{
    /// <summary>Languages of the snippets by file extension, in the order in which they are shown.</summary>
    private static readonly (string Extension, string Language)[] Languages =
        [("sh", "curl"), ("py", "Python"), ("mjs", "JavaScript"), ("cs", "C#")];

    public static JsonObject Build()
    {
        var document = new JsonObject();
        // The part with the document's head first: members keep the order in which they come.
        foreach (var path in EmbeddedText.List("OpenApi").OrderBy(path => path != "OpenApi/document.json"))
        {
            Merge(document, JsonNode.Parse(EmbeddedText.Read(path))!.AsObject(), path);
        }

        document["info"]!["version"] = Version();
        AddSamples(document);
        return document;
    }

    /// <summary>Moves the members of <paramref name="part"/> over; two parts that define one thing are a mistake.</summary>
    private static void Merge(JsonObject target, JsonObject part, string where)
    {
        foreach (var (name, value) in part.ToArray())
        {
            part.Remove(name);
            if (!target.TryGetPropertyValue(name, out var existing))
            {
                target[name] = value;
            }
            else if (existing is JsonObject left && value is JsonObject right)
            {
                Merge(left, right, $"{where}/{name}");
            }
            else
            {
                throw new InvalidOperationException($"'{where}/{name}' is defined by another part of the OpenAPI document already.");
            }
        }
    }

    /// <summary>A snippet is named <c>operationId.variant.extension</c>.</summary>
    private static void AddSamples(JsonObject document)
    {
        var operations = Operations(document).ToDictionary(operation => (string)operation["operationId"]!, StringComparer.Ordinal);
        var samples = EmbeddedText.List("Samples")
            .Select(path => (Path: path, Name: path["Samples/".Length..].Split('.')))
            .GroupBy(sample => sample.Name[0]);
        foreach (var group in samples)
        {
            operations[group.Key]["x-codeSamples"] = new JsonArray([.. group
                .OrderBy(sample => sample.Name[1], StringComparer.Ordinal)
                .ThenBy(sample => Array.FindIndex(Languages, language => language.Extension == sample.Name[2]))
                .Select(sample => new JsonObject
                {
                    ["lang"] = Languages.First(language => language.Extension == sample.Name[2]).Language,
                    ["label"] = sample.Name[1],
                    ["source"] = EmbeddedText.Read(sample.Path).TrimEnd(),
                })]);
        }
    }

    private static IEnumerable<JsonObject> Operations(JsonObject document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select operation.Value!.AsObject();

    private static string Version() =>
        typeof(OpenApiDocument).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";
}

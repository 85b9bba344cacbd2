using System.Text.Json;
using System.Text.Json.Nodes;
using LlmGateway.Api.Docs;

namespace LlmGateway.Api.Tests.Docs;

/// <summary>The document under test, and ways to walk through it.</summary>
internal static class OpenApi
{
    private static readonly string[] Methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

    public static JsonElement Document { get; } = JsonSerializer.SerializeToElement((JsonNode)OpenApiDocument.Build());

    public static IEnumerable<(string Path, string Method, JsonElement Operation)> Operations =>
        from path in Document.GetProperty("paths").EnumerateObject()
        from member in path.Value.EnumerateObject()
        where Methods.Contains(member.Name)
        select (path.Name, member.Name, member.Value);

    public static JsonElement Operation(string id) =>
        Operations.Single(o => o.Operation.GetProperty("operationId").GetString() == id).Operation;

    public static JsonElement Schema(string name) => Document.GetProperty("components").GetProperty("schemas").GetProperty(name);

    /// <summary>Follows <c>$ref</c>; fails when it leads nowhere.</summary>
    public static JsonElement Resolve(JsonElement node)
    {
        while (node.ValueKind == JsonValueKind.Object && node.TryGetProperty("$ref", out var reference))
        {
            node = Find(reference.GetString()!);
        }

        return node;
    }

    public static JsonElement Find(string reference)
    {
        Assert.StartsWith("#/", reference, StringComparison.Ordinal);
        var at = Document;
        foreach (var step in reference[2..].Split('/'))
        {
            Assert.True(at.TryGetProperty(step.Replace("~1", "/", StringComparison.Ordinal), out at), $"{reference} leads nowhere.");
        }

        return at;
    }

    /// <summary>Every object in the document, with its place.</summary>
    public static IEnumerable<(string Place, JsonElement Node)> Objects() => Objects("#", Document);

    /// <summary>Every error code the document knows: status, code, type and when it happens.</summary>
    public static IEnumerable<(int Status, string Code, string Type)> ErrorCodes() =>
        from response in Document.GetProperty("components").GetProperty("responses").EnumerateObject()
        where response.Value.TryGetProperty("x-error-codes", out _)
        from entry in response.Value.GetProperty("x-error-codes").EnumerateArray()
        select (entry.GetProperty("status").GetInt32(), entry.GetProperty("code").GetString()!, entry.GetProperty("type").GetString()!);

    private static IEnumerable<(string Place, JsonElement Node)> Objects(string place, JsonElement node)
    {
        // What examples hold is data, not part of the document's structure.
        if (node.ValueKind == JsonValueKind.Object)
        {
            yield return (place, node);
            foreach (var found in node.EnumerateObject().Where(m => m.Name is not ("example" or "examples")).SelectMany(m => Objects($"{place}/{m.Name}", m.Value)))
            {
                yield return found;
            }
        }
        else if (node.ValueKind == JsonValueKind.Array)
        {
            foreach (var found in node.EnumerateArray().SelectMany((item, index) => Objects($"{place}/{index}", item)))
            {
                yield return found;
            }
        }
    }
}

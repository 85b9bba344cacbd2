using System.Text.Json;
using System.Text.RegularExpressions;
using LlmGateway.TestSupport;

namespace LlmGateway.Api.Tests.Docs;

public sealed partial class OpenApiStructureTests
{
    private static readonly string[] SchemaKeywords =
    [
        "type", "description", "required", "properties", "additionalProperties", "items", "enum", "const", "default", "examples", "format",
        "minimum", "maximum", "minItems", "minLength", "pattern", "anyOf", "$ref", "x-event-schema",
    ];

    private static readonly string[] Types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    [Fact]
    public void Head_SaysWhatItIs()
    {
        var document = OpenApi.Document;
        Assert.Matches("^3\\.1\\.[0-9]+$", document.GetProperty("openapi").GetString());
        Assert.Equal("LlmGateway", document.GetProperty("info").GetProperty("title").GetString());
        Assert.Matches("^[1-9]|^0\\.[0-9]*[1-9]", document.GetProperty("info").GetProperty("version").GetString());
        Assert.Equal("bearer", document.GetProperty("components").GetProperty("securitySchemes").GetProperty("gatewayKey").GetProperty("scheme").GetString());
        Assert.True(document.GetProperty("security")[0].TryGetProperty("gatewayKey", out _));
    }

    [Fact]
    public void References_LeadSomewhere()
    {
        var references = OpenApi.Objects().Where(o => o.Node.TryGetProperty("$ref", out _)).ToArray();
        Assert.NotEmpty(references);
        Assert.All(references, o => OpenApi.Find(o.Node.GetProperty("$ref").GetString()!));
    }

    [Fact]
    public void Components_AreAllUsed()
    {
        var used = OpenApi.Objects().Select(o => o.Node.TryGetProperty("$ref", out var reference) ? reference.GetString() : null).ToHashSet();
        // 403 and 405 have codes, and no operation with an OpenAI error object: /admin has its own form, a wrong method is no operation.
        // Why a job ended stands in its document.
        string[] unbound = ["Forbidden", "MethodNotAllowed", "JobEnded"];
        var unused =
            from kind in OpenApi.Document.GetProperty("components").EnumerateObject()
            where kind.Name != "securitySchemes"
            from component in kind.Value.EnumerateObject()
            where !unbound.Contains(component.Name) && !used.Contains($"#/components/{kind.Name}/{component.Name}")
            select $"{kind.Name}/{component.Name}";
        Assert.Empty(unused);
    }

    [Fact]
    public void Operations_AreCompletelyDescribed()
    {
        var tags = OpenApi.Document.GetProperty("tags").EnumerateArray().Select(t => t.GetProperty("name").GetString()).ToArray();
        Assert.Equal(OpenApi.Operations.Count(), OpenApi.Operations.Select(o => o.Operation.GetProperty("operationId").GetString()).Distinct().Count());
        Assert.All(OpenApi.Operations, o =>
        {
            Assert.False(string.IsNullOrWhiteSpace(o.Operation.GetProperty("summary").GetString()));
            Assert.False(string.IsNullOrWhiteSpace(o.Operation.GetProperty("description").GetString()));
            Assert.All(o.Operation.GetProperty("tags").EnumerateArray(), tag => Assert.Contains(tag.GetString(), tags));
            Assert.Contains(o.Operation.GetProperty("responses").EnumerateObject(), response => response.Name is "200" or "202");
            Assert.All(o.Operation.GetProperty("responses").EnumerateObject(), response =>
            {
                Assert.Matches("^([1-5][0-9]{2}|[1-5]XX|default)$", response.Name);
                var resolved = OpenApi.Resolve(response.Value);
                Assert.False(string.IsNullOrWhiteSpace(resolved.GetProperty("description").GetString()));
                Assert.True(resolved.GetProperty("headers").TryGetProperty("x-request-id", out _), $"{o.Path} {response.Name} does not name x-request-id.");
            });
        });
    }

    [Fact]
    public void PathParameters_AreDeclared()
    {
        Assert.All(OpenApi.Operations, o =>
        {
            var parameters = o.Operation.GetProperty("parameters").EnumerateArray().Select(OpenApi.Resolve).ToArray();
            Assert.All(parameters, p => Assert.True(p.TryGetProperty("schema", out _)));
            Assert.Equal(
                PathParameter().Matches(o.Path).Select(m => m.Groups[1].Value).Order(),
                parameters.Where(p => p.GetProperty("in").GetString() == "path").Select(p => p.GetProperty("name").GetString()!).Order());
            Assert.All(parameters.Where(p => p.GetProperty("in").GetString() == "path"), p => Assert.True(p.GetProperty("required").GetBoolean()));
        });
    }

    [Fact]
    public void Schemas_UseKeywordsAndTypesOfJsonSchema()
    {
        var schemas = OpenApi.Objects().Where(o => SchemaPlace().IsMatch(o.Place)).ToArray();
        Assert.True(schemas.Length > 80);
        Assert.All(schemas, schema =>
        {
            Assert.All(schema.Node.EnumerateObject(), m => Assert.Contains(m.Name, SchemaKeywords));
            if (schema.Node.TryGetProperty("type", out var type))
            {
                Assert.All(type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray()] : new[] { type }, t => Assert.Contains(t.GetString(), Types));
            }

            if (schema.Node.TryGetProperty("required", out var required) && schema.Node.TryGetProperty("properties", out var properties))
            {
                Assert.All(required.EnumerateArray(), name => Assert.True(properties.TryGetProperty(name.GetString()!, out _), $"{schema.Place} requires an unknown {name}."));
            }
        });
    }

    [Fact]
    public void Examples_FitTheirSchemas()
    {
        var checkedExamples = 0;
        foreach (var (place, node) in OpenApi.Objects().Where(o => o.Node.TryGetProperty("schema", out _)))
        {
            var isJson = !place.EndsWith("/text/event-stream", StringComparison.Ordinal);
            foreach (var example in ExamplesOf(node).Where(_ => isJson))
            {
                checkedExamples++;
                var errors = JsonSchemaValidator.Validate(OpenApi.Document, node.GetProperty("schema"), example);
                Assert.True(errors.Count == 0, $"{place}: {string.Join("; ", errors)}");
            }
        }

        Assert.True(checkedExamples > 20, $"Only {checkedExamples} examples were found.");
    }

    [Fact]
    public void StreamExamples_AreWholeStreamsOfTheNamedChunks()
    {
        var streams = OpenApi.Objects().Where(o => o.Place.EndsWith("text/event-stream", StringComparison.Ordinal)).ToArray();
        Assert.Equal(5, streams.Length);
        Assert.All(streams, stream =>
        {
            var text = stream.Node.GetProperty("example").GetString()!;
            var events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
            if (text.StartsWith("event: ", StringComparison.Ordinal))
            {
                Assert.Matches("^event: completed\nid: end\n", events[^1]);
            }
            else
            {
                Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
                events = events[..^1];
            }

            Assert.All(events, block =>
            {
                var data = Assert.Single(block.Split('\n'), line => line.StartsWith("data: ", StringComparison.Ordinal));
                using var chunk = JsonDocument.Parse(data[6..]);
                var schema = stream.Node.GetProperty("schema").GetProperty("x-event-schema");
                Assert.Empty(JsonSchemaValidator.Validate(OpenApi.Document, schema, chunk.RootElement));
            });
        });
    }

    [Fact]
    public void Samples_CoverEveryModelEndpointInFourLanguages()
    {
        Assert.All(OpenApi.Operations.Where(o => o.Path.StartsWith("/v1/", StringComparison.Ordinal)), o =>
        {
            var samples = o.Operation.GetProperty("x-codeSamples").EnumerateArray().ToArray();
            Assert.Equal(["C#", "JavaScript", "Python", "curl"], samples.Select(s => s.GetProperty("lang").GetString()!).Distinct().Order(StringComparer.Ordinal));
            Assert.All(samples, s => Assert.Contains("http://localhost:8080", s.GetProperty("source").GetString(), StringComparison.Ordinal));
        });
    }

    private static IEnumerable<JsonElement> ExamplesOf(JsonElement node)
    {
        if (node.TryGetProperty("example", out var example))
        {
            yield return example;
        }

        if (node.TryGetProperty("examples", out var examples))
        {
            foreach (var named in examples.EnumerateObject())
            {
                yield return named.Value.GetProperty("value");
            }
        }
    }

    [GeneratedRegex("\\{([^}]+)\\}")]
    private static partial Regex PathParameter();

    /// <summary>Places where the document holds a schema.</summary>
    [GeneratedRegex("(/schema|/items|/anyOf/[0-9]+|/schemas/[A-Za-z]+|/properties/[a-z_]+|/x-event-schema)$")]
    private static partial Regex SchemaPlace();
}

using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Api.Tests.Docs;

/// <summary>The documented request fields are the ones that are checked, with the bounds that are enforced.</summary>
public sealed class OpenApiRequestTests
{
    private static readonly (string Schema, Operation Operation, string Minimal)[] Requests =
    [
        ("ChatCompletionRequest", Operation.Chat, """{"model":"m","messages":[{"role":"user","content":"x"}]}"""),
        ("CompletionRequest", Operation.Completion, """{"model":"m","prompt":"x"}"""),
        ("EmbeddingsRequest", Operation.Embeddings, """{"model":"m","input":"x"}"""),
    ];

    public static TheoryData<string, string> Fields()
    {
        var data = new TheoryData<string, string>();
        foreach (var (schema, _, _) in Requests)
        {
            foreach (var property in OpenApi.Schema(schema).GetProperty("properties").EnumerateObject())
            {
                data.Add(schema, property.Name);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void DocumentedType_IsEnforced(string schema, string field)
    {
        var types = TypesOf(PropertyOf(schema, field)).ToArray();
        (string Type, string Json)[] values = [("string", "\"float\""), ("number", "0.5"), ("boolean", "true"), ("object", "{}"), ("array", "[{}]")];
        foreach (var (type, json) in values)
        {
            // 0.5 shows whether decimals pass: it must be refused where only whole numbers are documented.
            var allowed = types.Contains(type);
            if (!allowed)
            {
                Assert.True(Error(schema, field, json) is not null, $"{schema}.{field} is documented as {string.Join(" or ", types)}, but {json} passes.");
            }
        }

        Assert.Equal(types.Contains("null"), Error(schema, field, "null") is null);
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void DocumentedBounds_AreEnforcedExactly(string schema, string field)
    {
        var property = PropertyOf(schema, field);
        if (!TypesOf(property).Any(t => t is "number" or "integer"))
        {
            return;
        }

        var step = TypesOf(property).Contains("number") ? 0.001 : 1;
        if (property.TryGetProperty("minimum", out var minimum))
        {
            Assert.Null(Error(schema, field, Number(minimum.GetDouble())));
            Assert.NotNull(Error(schema, field, Number(minimum.GetDouble() - step)));
        }

        if (property.TryGetProperty("maximum", out var maximum))
        {
            Assert.Null(Error(schema, field, Number(maximum.GetDouble())));
            Assert.NotNull(Error(schema, field, Number(maximum.GetDouble() + step)));
        }
        else
        {
            Assert.Null(Error(schema, field, "1000000"));
        }
    }

    [Fact]
    public void RequiredFields_AreRequired_AndNoOthers()
    {
        foreach (var (schema, operation, minimal) in Requests)
        {
            var required = OpenApi.Schema(schema).GetProperty("required").EnumerateArray().Select(r => r.GetString()!).ToArray();
            Assert.Equal(required, JsonNode.Parse(minimal)!.AsObject().Select(m => m.Key));
            Assert.Null(Read(operation, minimal));
            foreach (var field in required)
            {
                var body = JsonNode.Parse(minimal)!.AsObject();
                body.Remove(field);
                Assert.Equal("missing_required_parameter", Read(operation, body.ToJsonString()));
            }
        }
    }

    [Fact]
    public void EveryCheckedParameter_IsDocumentedSomewhere()
    {
        // The rules are internal to Core; their names are all that matters here.
        var rules = (IEnumerable)typeof(RequestReader).Assembly.GetType("LlmGateway.Core.Protocol.ParameterRules", throwOnError: true)!.GetField("All")!.GetValue(null)!;
        var names = rules.Cast<object>().Select(rule => (string)rule.GetType().GetProperty("Name")!.GetValue(rule)!).ToArray();
        var documented = Requests.SelectMany(r => OpenApi.Schema(r.Schema).GetProperty("properties").EnumerateObject()).Select(p => p.Name).ToHashSet();
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains(name, documented));
    }

    [Fact]
    public void RequestExamples_AreAccepted()
    {
        var operations = new Dictionary<string, Operation>
        {
            ["createChatCompletion"] = Operation.Chat,
            ["createCompletion"] = Operation.Completion,
            ["createEmbeddings"] = Operation.Embeddings,
        };
        foreach (var (id, operation) in operations)
        {
            var examples = OpenApi.Operation(id).GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("examples");
            Assert.All(examples.EnumerateObject(), example => Assert.Null(Read(operation, example.Value.GetProperty("value").GetRawText())));
        }
    }

    private static JsonElement PropertyOf(string schema, string field) =>
        OpenApi.Resolve(OpenApi.Schema(schema).GetProperty("properties").GetProperty(field));

    private static IEnumerable<string> TypesOf(JsonElement property)
    {
        var type = property.GetProperty("type");
        return type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()!) : [type.GetString()!];
    }

    /// <summary>What is wrong with a good request once <paramref name="field"/> holds <paramref name="value"/>.</summary>
    private static string? Error(string schema, string field, string value)
    {
        var (_, operation, minimal) = Requests.Single(r => r.Schema == schema);
        var body = JsonNode.Parse(minimal)!.AsObject();
        body[field] = JsonNode.Parse(value);
        if (field == "stream_options")
        {
            body["stream"] = true;
        }

        return Read(operation, body.ToJsonString());
    }

    private static string? Read(Operation operation, string json) =>
        RequestReader.Read(operation, Encoding.UTF8.GetBytes(json), out _) is { } error ? Core.Errors.ErrorMapper.Code(error) : null;

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}

using System.Text.Json;
using LlmGateway.Simulator.Engine;
using LlmGateway.TestSupport;

namespace LlmGateway.Simulator.Tests.Engine;

public sealed class SchemaInstancesTests
{
    private const string Prompt = "Book a table for 4 in New York on behalf of \"Ada\", high priority, 19.5 degrees";

    private static string Make(string schema, int variation = 0, string prompt = Prompt)
    {
        using var document = JsonDocument.Parse(schema);
        return new SchemaInstances(document.RootElement, new PromptReader(prompt), variation).Generate();
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"},"c":{"type":"boolean"},"d":{"type":"null"},"e":{"type":"number"}},"required":["a","b","c","d","e"],"additionalProperties":false}""")]
    [InlineData("""{"type":["string","null"]}""")]
    [InlineData("""{"type":["null","integer"],"minimum":10}""")]
    [InlineData("""{"enum":["low","high"]}""")]
    [InlineData("""{"enum":[1,null,"x"]}""")]
    [InlineData("""{"const":{"a":[1]}}""")]
    [InlineData("""{"const":null}""")]
    [InlineData("""{"type":"array","items":{"type":"string"},"minItems":5,"maxItems":5,"uniqueItems":true}""")]
    [InlineData("""{"type":"array","items":{"type":"integer","minimum":3,"maximum":9},"minItems":7,"uniqueItems":true}""")]
    [InlineData("""{"type":"array","items":{"enum":["a","b","c"]},"minItems":3,"uniqueItems":true}""")]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"},{"type":"number"}],"items":false,"minItems":2}""")]
    [InlineData("""{"type":"array","maxItems":0}""")]
    [InlineData("""{"type":"integer","minimum":5,"maximum":5}""")]
    [InlineData("""{"type":"integer","exclusiveMinimum":5,"exclusiveMaximum":7}""")]
    [InlineData("""{"type":"integer","multipleOf":7,"minimum":15}""")]
    [InlineData("""{"type":"integer","maximum":-3}""")]
    [InlineData("""{"type":"integer","multipleOf":2.5,"minimum":1}""")]
    [InlineData("""{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1}""")]
    [InlineData("""{"type":"number","multipleOf":0.01,"minimum":0.005,"maximum":0.02}""")]
    [InlineData("""{"type":"number","minimum":-1e300,"maximum":-5}""")]
    [InlineData("""{"type":"string","minLength":200}""")]
    [InlineData("""{"type":"string","maxLength":2}""")]
    [InlineData("""{"type":"string","format":"date"}""")]
    [InlineData("""{"type":"string","format":"date-time"}""")]
    [InlineData("""{"type":"string","format":"email"}""")]
    [InlineData("""{"type":"string","format":"uri"}""")]
    [InlineData("""{"type":"string","format":"uuid"}""")]
    [InlineData("""{"type":"string","pattern":"^[A-Z]{2}\\d{3,5}$"}""")]
    [InlineData("""{"type":"string","pattern":"^(\\+\\d{1,3} )?\\(?\\d{3}\\)?[ -]\\d{4}$"}""")]
    [InlineData("""{"type":"string","pattern":"^[a-z0-9_-]+@(example|test)\\.com$","minLength":20}""")]
    [InlineData("""{"type":"string","pattern":"^[^a-z\\s]+$","minLength":3,"maxLength":4}""")]
    [InlineData("""{"type":"string","pattern":"^#(?:[0-9a-fA-F]{3}){1,2}$"}""")]
    [InlineData("""{"anyOf":[{"type":"null"},{"type":"object","properties":{"x":{"type":"integer"}},"required":["x"]}]}""")]
    [InlineData("""{"oneOf":[{"type":"string","maxLength":3},{"type":"integer"}]}""")]
    [InlineData("""{"allOf":[{"type":"object","properties":{"a":{"type":"string","minLength":3}},"required":["a"]},{"properties":{"a":{"type":"string","maxLength":4},"b":{"type":"integer"}},"required":["b"]}]}""")]
    [InlineData("""{"allOf":[{"type":"integer","minimum":3},{"maximum":20},{"minimum":10}]}""")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"},"minProperties":3}""")]
    [InlineData("""{"type":"object","required":["free"]}""")]
    [InlineData("""{"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"value":{"type":"integer"},"next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}},"required":["value","next"],"additionalProperties":false}}}""")]
    [InlineData("""{"type":"object","properties":{"name":{"type":"string"},"children":{"type":"array","items":{"$ref":"#"}}},"required":["name","children"]}""")]
    [InlineData("""{"$ref":"#/definitions/a~1b","definitions":{"a/b":{"type":"string","maxLength":5}}}""")]
    public void Instances_AreValid(string schema)
    {
        foreach (var prompt in new[] { Prompt, "", "😀😀😀😀😀😀", "no numbers here" })
        {
            for (var variation = 0; variation < 12; variation++)
            {
                var instance = Make(schema, variation, prompt);
                var errors = JsonSchemaValidator.Validate(schema, instance);
                Assert.True(errors.Count == 0, $"{instance}: {string.Join("; ", errors)}");
            }
        }
    }

    [Fact]
    public void Values_ComeFromThePrompt() => Assert.Equal(
        """{"name":"Ada","city":"New York","guests":4,"priority":"high","celsius":4}""",
        Make("""{"type":"object","properties":{"name":{"type":"string"},"city":{"type":"string"},"guests":{"type":"integer"},"priority":{"enum":["low","high"]},"celsius":{"type":"number"}}}"""));

    [Fact]
    public void Recursion_EndsAndGoesMoreThanOneLevelDeep()
    {
        var text = Make("""{"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#/$defs/n"},{"type":"null"}]}},"required":["next"]}}}""");
        Assert.StartsWith("""{"next":{"next":""", text, StringComparison.Ordinal);
        Assert.Contains("null", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"$ref":"#/$defs/gone"}""")]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}}""")]
    [InlineData("""{"type":"object","properties":{"self":{"$ref":"#"}},"required":["self"]}""")]
    [InlineData("""{"type":"integer","minimum":5,"maximum":4}""")]
    [InlineData("""{"$ref":5}""")]
    [InlineData("""{"allOf":[{"type":"object","properties":1},{"properties":{}}]}""")]
    [InlineData("""{"type":"integer","minimum":7.9e28,"multipleOf":7e27}""")]
    public void SchemasWithoutAnInstance_AreRefused(string schema) =>
        Assert.Equal(400, Assert.Throws<SimulatorException>(() => Make(schema)).Status);
}

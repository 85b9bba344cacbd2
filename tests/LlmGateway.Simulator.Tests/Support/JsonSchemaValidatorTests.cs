using LlmGateway.TestSupport;

namespace LlmGateway.Simulator.Tests.Support;

/// <summary>The validator that other tests rely on must itself find what is wrong.</summary>
public sealed class JsonSchemaValidatorTests
{
    [Theory]
    [InlineData("""{"type":"integer"}""", "3", "3.5")]
    [InlineData("""{"type":["string","null"]}""", "null", "1")]
    [InlineData("""{"enum":["a",1]}""", "1", "\"b\"")]
    [InlineData("""{"const":{"a":1}}""", """{"a":1}""", """{"a":2}""")]
    [InlineData("""{"required":["a"]}""", """{"a":null}""", """{"b":1}""")]
    [InlineData("""{"properties":{"a":{"type":"string"}}}""", """{"a":"x"}""", """{"a":1}""")]
    [InlineData("""{"properties":{"a":{}},"additionalProperties":false}""", """{"a":1}""", """{"b":1}""")]
    [InlineData("""{"additionalProperties":{"type":"number"}}""", """{"b":1}""", """{"b":"x"}""")]
    [InlineData("""{"propertyNames":{"maxLength":2}}""", """{"ab":1}""", """{"abc":1}""")]
    [InlineData("""{"minProperties":1,"maxProperties":1}""", """{"a":1}""", """{}""")]
    [InlineData("""{"items":{"type":"string"}}""", """["a"]""", """["a",1]""")]
    [InlineData("""{"minItems":2,"maxItems":2}""", "[1,2]", "[1]")]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":false}""", "[\"a\"]", "[\"a\",1]")]
    [InlineData("""{"uniqueItems":true}""", "[1,2]", "[1,1]")]
    [InlineData("""{"minimum":2,"maximum":3}""", "2", "1")]
    [InlineData("""{"exclusiveMinimum":2}""", "3", "2")]
    [InlineData("""{"exclusiveMaximum":2}""", "1", "2")]
    [InlineData("""{"multipleOf":0.1}""", "0.3", "0.35")]
    [InlineData("""{"minLength":2,"maxLength":3}""", "\"😀😀\"", "\"😀\"")]
    [InlineData("""{"pattern":"^a+$"}""", "\"aa\"", "\"ab\"")]
    [InlineData("""{"format":"date"}""", "\"2024-02-29\"", "\"2023-02-29\"")]
    [InlineData("""{"format":"uuid"}""", "\"3f2504e0-4f89-41d3-9a0c-0305e82c3301\"", "\"3f25\"")]
    [InlineData("""{"anyOf":[{"type":"string"},{"minimum":5}]}""", "6", "4")]
    [InlineData("""{"oneOf":[{"minimum":5},{"maximum":7}]}""", "4", "6")]
    [InlineData("""{"allOf":[{"minimum":5},{"maximum":7}]}""", "6", "8")]
    [InlineData("""{"not":{"type":"string"}}""", "1", "\"a\"")]
    [InlineData("""{"$ref":"#/$defs/x","$defs":{"x":{"type":"string"}}}""", "\"a\"", "1")]
    [InlineData("""{"properties":{"a":false}}""", "{}", """{"a":1}""")]
    public void Validator_AcceptsTheOneAndFindsTheOther(string schema, string good, string bad)
    {
        Assert.Empty(JsonSchemaValidator.Validate(schema, good));
        Assert.NotEmpty(JsonSchemaValidator.Validate(schema, bad));
    }

    [Theory]
    [InlineData("CreateChatCompletionResponse", """{"id":"a","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop","logprobs":null,"message":{"role":"assistant","content":"x"}}]}""", "refusal")]
    [InlineData("CreateChatCompletionStreamResponse", """{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":null},"finish_reason":null}]}""", "role")]
    [InlineData("CreateChatCompletionStreamResponse", """{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"done"}]}""", "finish_reason")]
    [InlineData("CreateEmbeddingResponse", """{"object":"list","model":"m","data":[{"object":"embedding","index":0,"embedding":"AAAA"}],"usage":{"prompt_tokens":1,"total_tokens":1}}""", "embedding")]
    [InlineData("ErrorResponse", """{"error":{"message":"x","type":"y","code":null}}""", "param")]
    [InlineData("ErrorResponse", """{"error":{"message":"x","type":"y","param":null,"code":404}}""", "code")]
    public void OpenAISchemas_FindRealMistakes(string definition, string json, string mentioned) =>
        Assert.Contains(OpenAISchemas.Validate(definition, json), e => e.Contains(mentioned, StringComparison.Ordinal));

    [Fact]
    public void UnknownDefinition_Throws() => Assert.Throws<ArgumentException>(() => OpenAISchemas.Validate("Nothing", "{}"));
}

using System.Text.Json;
using LlmGateway.TestSupport;

namespace LlmGateway.Simulator.Tests.OpenAI;

public sealed class ErrorTests : SimulatorTest
{
    private const string M = "\"model\":\"sim-small\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]";

    private static void AssertError(string text, string? param, string? code)
    {
        OpenAISchemas.AssertValid("ErrorResponse", text);
        var error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        Assert.Equal((param, code), (error.GetProperty("param").GetString(), error.GetProperty("code").GetString()));
        Assert.NotEqual("", error.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("{", null, null)]
    [InlineData("[]", null, null)]
    [InlineData("", null, null)]
    [InlineData("{\"messages\":[]}", "model", "missing_required_parameter")]
    [InlineData("{\"model\":1}", "model", "invalid_type")]
    [InlineData("{\"model\":\"sim-small\"}", "messages", "missing_required_parameter")]
    [InlineData("{\"model\":\"sim-small\",\"messages\":{}}", "messages", "invalid_type")]
    [InlineData("{\"model\":\"sim-small\",\"messages\":[]}", "messages", "invalid_value")]
    [InlineData("{\"model\":\"sim-small\",\"messages\":[{\"role\":\"nobody\",\"content\":\"x\"}]}", "messages[0].role", "invalid_value")]
    [InlineData("{\"model\":\"sim-small\",\"messages\":[{\"role\":\"user\"}]}", "messages[0].content", "missing_required_parameter")]
    [InlineData("{\"model\":\"sim-small\",\"messages\":[{\"role\":\"user\",\"content\":\"\\ud83d\"}]}", "messages[0].content", null)]
    [InlineData("{\"model\":\"sim-small\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"smell\"}]}]}", "messages[0].content[0].type", "invalid_value")]
    [InlineData("{\"model\":\"sim-small\",\"messages\":[{\"role\":\"tool\",\"content\":\"x\"}]}", "messages[0].tool_call_id", "missing_required_parameter")]
    [InlineData("{" + M + ",\"temperature\":3}", "temperature", "decimal_above_max_value")]
    [InlineData("{" + M + ",\"temperature\":\"1\"}", "temperature", "invalid_type")]
    [InlineData("{" + M + ",\"max_tokens\":0}", "max_tokens", "integer_below_min_value")]
    [InlineData("{" + M + ",\"n\":0}", "n", "integer_below_min_value")]
    [InlineData("{" + M + ",\"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}", "stop", "invalid_value")]
    [InlineData("{" + M + ",\"top_logprobs\":2}", "top_logprobs", "invalid_value")]
    [InlineData("{" + M + ",\"stream_options\":{}}", "stream_options", "invalid_value")]
    [InlineData("{" + M + ",\"tool_choice\":\"auto\"}", "tool_choice", "invalid_value")]
    [InlineData("{" + M + ",\"tools\":[{\"type\":\"function\"}]}", "tools[0].function", "missing_required_parameter")]
    [InlineData("{" + M + ",\"response_format\":{\"type\":\"xml\"}}", "response_format.type", "invalid_value")]
    public async Task BadChatRequests_NameTheirFault(string body, string? param, string? code)
    {
        var (status, text) = await PostAsync("v1/chat/completions", body);
        Assert.Equal(400, status);
        AssertError(text, param, code);
    }

    [Theory]
    [InlineData("v1/chat/completions", "{\"model\":\"nope\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}")]
    [InlineData("v1/completions", "{\"model\":\"nope\",\"prompt\":\"x\"}")]
    [InlineData("v1/embeddings", "{\"model\":\"nope\",\"input\":\"x\"}")]
    public async Task UnknownModel_Is404(string path, string body)
    {
        var (status, text) = await PostAsync(path, body);
        Assert.Equal(404, status);
        AssertError(text, "model", "model_not_found");
    }

    [Theory]
    [InlineData("{\"model\":\"sim-embed\"}", "input")]
    [InlineData("{\"model\":\"sim-embed\",\"input\":\"\"}", "input")]
    [InlineData("{\"model\":\"sim-embed\",\"input\":[]}", "input")]
    [InlineData("{\"model\":\"sim-embed\",\"input\":[\"a\",1]}", "input[1]")]
    [InlineData("{\"model\":\"sim-embed\",\"input\":[1,\"a\"]}", "input[1]")]
    [InlineData("{\"model\":\"sim-embed\",\"input\":\"a\",\"dimensions\":0}", "dimensions")]
    [InlineData("{\"model\":\"sim-embed\",\"input\":\"a\",\"encoding_format\":\"hex\"}", "encoding_format")]
    [InlineData("{\"model\":\"sim-small\",\"input\":\"a\"}", "model")]
    public async Task BadEmbeddingRequests_NameTheirFault(string body, string param)
    {
        var (status, text) = await PostAsync("v1/embeddings", body);
        Assert.Equal(400, status);
        Assert.Equal(param, JsonDocument.Parse(text).RootElement.GetProperty("error").GetProperty("param").GetString());
    }

    [Theory]
    [InlineData("GET", "v1/chat/completions", 405)]
    [InlineData("DELETE", "v1/models/sim-small", 405)]
    [InlineData("POST", "v1/models", 405)]
    [InlineData("POST", "v1/nothing", 404)]
    [InlineData("GET", "v1/models/nope", 404)]
    public async Task WrongMethodsAndPaths_AreErrorsInTheEnvelope(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await Http.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
        OpenAISchemas.AssertValid("ErrorResponse", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task TooLongPrompt_IsContextLengthExceeded()
    {
        Server.Models.Put(new() { Name = "tiny", ContextLength = 10 });
        var (status, text) = await PostAsync("v1/chat/completions", Chat("one two three four five", model: "tiny"));
        Assert.Equal(400, status);
        AssertError(text, "messages", "context_length_exceeded");
    }
}

public sealed class ApiKeyTests : SimulatorTest
{
    protected override SimulatorOptions Options => new() { ApiKeys = { "right" } };

    [Theory]
    [InlineData(null, 401, "missing_api_key")]
    [InlineData("wrong", 401, "invalid_api_key")]
    [InlineData("right", 200, null)]
    public async Task Keys_AreChecked(string? key, int status, string? code)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "v1/models");
        if (key is not null) request.Headers.Authorization = new("Bearer", key);
        using var response = await Http.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
        var text = await response.Content.ReadAsStringAsync();
        if (code is not null) Assert.Contains(code, text, StringComparison.Ordinal);
        OpenAISchemas.AssertValid(code is null ? "ListModelsResponse" : "ErrorResponse", text);
    }
}

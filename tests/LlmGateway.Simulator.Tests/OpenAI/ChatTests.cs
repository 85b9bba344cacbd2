using System.Text.Json;
using LlmGateway.TestSupport;

namespace LlmGateway.Simulator.Tests.OpenAI;

public sealed class ChatTests : SimulatorTest
{
    private const string Tool = """,{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}""";

    private async Task<JsonElement> AskAsync(string body)
    {
        var (status, text) = await PostAsync("v1/chat/completions", body);
        Assert.True(status == 200, text);
        OpenAISchemas.AssertValid("CreateChatCompletionResponse", text);
        return JsonDocument.Parse(text).RootElement;
    }

    [Fact]
    public async Task Answer_IsByteForByteOpenAIs()
    {
        var (_, text) = await PostAsync("v1/chat/completions", Chat("!echo Hé 😀"));
        Assert.Equal(
            """{"id":"ID","object":"chat.completion","created":0,"model":"sim-small","system_fingerprint":"fp_simulator","choices":[{"index":0,"message":{"role":"assistant","content":"Hé 😀","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":13,"completion_tokens":3,"total_tokens":16,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}""",
            Normal(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"n\":3,\"temperature\":0.5,\"max_tokens\":5")]
    [InlineData(",\"logprobs\":true,\"top_logprobs\":5")]
    [InlineData(",\"response_format\":{\"type\":\"json_object\"}")]
    [InlineData(",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"get_weather\"}}]")]
    [InlineData(",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"get_weather\"}}],\"tool_choice\":\"required\",\"parallel_tool_calls\":false")]
    public async Task Answers_FitOpenAIsSchema(string more) => await AskAsync(Chat("What is the weather in Rome?", more));

    [Theory]
    [InlineData("\"required\"", "tool_calls")]
    [InlineData("\"auto\"", "tool_calls")]
    [InlineData("""{"type":"function","function":{"name":"get_weather"}}""", "stop")]
    [InlineData("\"none\"", "stop")]
    public async Task FinishReason_FollowsToolChoiceAsAtOpenAI(string choice, string finish)
    {
        var answer = await AskAsync(Chat("weather in Rome", $",\"tool_choice\":{choice},\"tools\":[{Tool[1..]}]"));
        Assert.Equal(finish, answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(choice != "\"none\"", answer.GetProperty("choices")[0].GetProperty("message").TryGetProperty("tool_calls", out _));
    }

    [Fact]
    public async Task JsonSchema_AnswersAnInstance()
    {
        const string schema = """{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer","minimum":1,"maximum":120}},"required":["name","age"],"additionalProperties":false}""";
        var answer = await AskAsync(Chat("A person called \"Ada\", 36", $",\"response_format\":{{\"type\":\"json_schema\",\"json_schema\":{{\"name\":\"p\",\"schema\":{schema}}}}}"));
        Assert.Equal("""{"name":"Ada","age":36}""", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Fact]
    public async Task Images_NeedAVisionModel()
    {
        static string Body(string model) => $$$"""{"model":"{{{model}}}","messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}""";
        var answer = await AskAsync(Body("sim-vision"));
        Assert.Contains("You attached 1 image.", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(), StringComparison.Ordinal);
        var (status, text) = await PostAsync("v1/chat/completions", Body("sim-small"));
        Assert.Equal(400, status);
        Assert.Contains("does not support vision", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestId_IsOnEveryAnswer()
    {
        using var response = await Http.PostAsync("v1/chat/completions", Json(Chat("x", model: "nope")));
        Assert.Equal(Server.Requests[^1].Id, Assert.Single(response.Headers.GetValues("x-request-id")));
    }

    [Fact]
    public async Task UnknownFields_AreIgnored() => await AskAsync(Chat("hi", ",\"top_k\":5,\"chat_template_kwargs\":{\"a\":[1]}"));
}

using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.OpenAI;
using LlmGateway.Providers.Tests.OpenAI;

namespace LlmGateway.Providers.Tests.Http;

/// <summary>What providers say when they refuse, in every shape and in their own words.</summary>
public sealed class ErrorShapeTests : OpenAIFixture
{
    private const string Ask = """{"model":"m","messages":[{"role":"user","content":"x"}]}""";

    [Theory]
    [InlineData("""[{"error":{"code":400,"message":"Gemini speaks","status":"INVALID_ARGUMENT"}}]""", "Gemini speaks", null)]
    [InlineData("""{"detail":[{"type":"missing","loc":["body","messages",0,"role"],"msg":"Field required"}]}""", "Field required", "messages[0].role")]
    [InlineData("""{"object":"error","message":{"detail":[{"type":"missing","loc":["body","model"],"msg":"Field required"}]},"type":"invalid_request_error","param":null,"code":null}""", "Field required", "model")]
    [InlineData("""{"error":[{"message":"in a list"}]}""", "in a list", null)]
    [InlineData("""{"errors":[{"message":"several"},{"message":"more"}]}""", "several", null)]
    [InlineData("""{"error":{"error":{"message":"wrapped twice"}}}""", "wrapped twice", null)]
    [InlineData("""{"error":{"message":{"detail":"deep"}}}""", "deep", null)]
    [InlineData("\"only a text\"", "only a text", null)]
    [InlineData("""["a text in a list"]""", "a text in a list", null)]
    [InlineData("""{"error":"short","message":"and long"}""", "short", null)]
    [InlineData("""{"error_description":"of OAuth"}""", "of OAuth", null)]
    public async Task TheProvidersWords_ReachTheClient(string body, string message, string? param)
    {
        Server.Then(body, 422);
        var error = await Error();
        Assert.Equal((GatewayErrorCode.UpstreamRejected, message, param), (error.Code, error.Message, error.Param));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[[[[[[[[[[[[\"deep\"]]]]]]]]]]]]")]
    [InlineData("{\"error\":{}}")]
    [InlineData("{\"error\":[]}")]
    [InlineData("{\"message\":17}")]
    [InlineData("null")]
    [InlineData("{\"detail\":[{\"loc\":\"x\",\"msg\":[]}]}")]
    [InlineData("{\"error\":{\"message\":\"\\ud83d\"}}")]
    public async Task WhatSaysNothing_IsToldByItsStatus(string body)
    {
        Server.Then(body, 422);
        Assert.Equal("Provider 'up' answered 422.", (await Error()).Message);
    }

    [Theory]
    [InlineData("The prompt is too long: 1200012, model maximum context length: 1048573")]
    [InlineData("Prompt contains 135000 tokens and 0 draft tokens, too large for model with 131072 maximum context length")]
    [InlineData("Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 5000 `inputs` tokens and 100 `max_new_tokens`")]
    [InlineData("Input validation error: `inputs` must have less than 512 tokens. Given: 600")]
    [InlineData("The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).")]
    [InlineData("Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.")]
    [InlineData("Requested tokens (5000) exceed context window of 2048")]
    [InlineData("Please reduce the length of the messages or completion.")]
    [InlineData("too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000.")]
    [InlineData("Invalid request: Your request exceeded model token limit: 8192")]
    [InlineData("Range of input length should be [1, 30720]")]
    [InlineData("Your input exceeds the context window of this model. Please adjust your input and try again.")]
    [InlineData("This endpoint's maximum context length is 128000 tokens. However, you requested about 130000 tokens.")]
    [InlineData("Conversation of 9000 tokens is longer than what this server's context window takes.")]
    [InlineData("sequence length 9001 is greater than the context size 8192 (tokens)")]
    public async Task APromptThatIsTooLong_IsSoInEveryonesWords(string message)
    {
        foreach (var status in (int[])[400, 413, 422, 500])
        {
            Server.Then($$$"""{"error":{"message":"{{{message}}}"}}""", status);
            var error = await Error();
            Assert.Equal((status, GatewayErrorCode.ContextLengthExceeded, message), (status, error.Code, error.Message));
        }
    }

    /// <summary>What is too large here is not the conversation.</summary>
    [Theory]
    [InlineData("max_tokens is too large: 100000. This model supports at most 16384 completion tokens, whereas you provided 100000.")]
    [InlineData("Invalid 'messages': array too long. Expected an array with maximum length 2048.")]
    [InlineData("Image in the input is too large: 6000 tokens exceed the limit of an image.")]
    [InlineData("Invalid 'stop': array too long.")]
    [InlineData("top_logprobs exceeds 20 for this input")]
    [InlineData("The value of temperature is larger than 2")]
    public async Task AFieldOutOfItsRange_IsNone(string message)
    {
        Server.Then($$$"""{"error":{"message":"{{{message}}}"}}""", 400);
        Assert.Equal(GatewayErrorCode.UpstreamRejected, (await Error()).Code);
    }

    [Theory]
    [InlineData("""{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}""")]
    [InlineData("""[{"error":{"code":400,"message":"No.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}]""")]
    [InlineData("""{"error":{"message":"no","type":"authentication_error","code":null,"param":null}}""")]
    [InlineData("""{"error":{"message":"no","type":"invalid_request_error","code":"invalid_api_key","param":null}}""")]
    [InlineData("""{"code":"invalid_api_key","message":"no"}""")]
    public async Task ADeadKeyToldWith400_RestsAndTheOtherAnswers(string body)
    {
        var options = new ProviderOptions { ApiKey = "dead" };
        options.ApiKeys.Add("good");
        var provider = Make(options);
        for (var i = 0; i < 4; i++)
        {
            Server.Then(c => c.Request.Header("Authorization") == "Bearer dead" ? c.SendAsync(Document(body, 400)) : c.SendAsync(Document(Good, 200)));
        }

        // Whichever key begins: the first call meets the dead one once at most, the later ones do not meet it again.
        await Calls.DocumentAsync(provider.ChatAsync(Calls.Chat(Ask)));
        await Calls.DocumentAsync(provider.ChatAsync(Calls.Chat(Ask)));
        await Calls.DocumentAsync(provider.ChatAsync(Calls.Chat(Ask)));
        Assert.Equal(1, Server.Requests.Count(r => r.Header("Authorization") == "Bearer dead"));
    }

    [Theory]
    [InlineData("Retry-After: 20.5\r\n", "{}", 20.5)]
    [InlineData("retry-after-ms: 1500\r\n", "{}", 1.5)]
    [InlineData("", """[{"error":{"code":429,"message":"slow","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}]}}]""", 34.5)]
    public async Task WhenToComeAgain_IsReadInEveryForm(string header, string body, double seconds)
    {
        foreach (var status in (int[])[429, 503])
        {
            Server.Then(body, status, headers: header);
            Assert.Equal(TimeSpan.FromSeconds(seconds), (await Error()).RetryAfter);
        }
    }

    [Fact]
    public async Task Calls_SayWhoMakesThem()
    {
        Server.Then(Good).Then(Good);
        await Calls.DocumentAsync(Provider.ChatAsync(Calls.Chat(Ask)));
        Assert.StartsWith("LlmGateway/", Server.Requests[0].Header("User-Agent"), StringComparison.Ordinal);

        var options = new ProviderOptions();
        options.Headers["user-agent"] = "mine";
        await Calls.DocumentAsync(Make(options).ChatAsync(Calls.Chat(Ask)));
        Assert.Equal("mine", Server.Requests[1].Header("User-Agent"));
    }

    private const string Good = """{"choices":[{"index":0,"message":{"content":"x"},"finish_reason":"stop"}]}""";

    private static string Document(string body, int status) =>
        $"HTTP/1.1 {status} Scripted\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    private Task<GatewayError> Error() => Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(Ask)));
}

using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.OpenAI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Providers.Tests.OpenAI;

/// <summary>What sets OpenAI, vLLM and Grok apart.</summary>
public sealed class ProfileTests : OpenAIFixture
{
    private const string Ask = """{"model":"m","messages":[{"role":"user","content":"x"}]}""";
    private const string Answer = """{"choices":[{"index":0,"message":{"content":"y"},"finish_reason":"stop"}]}""";

    [Theory]
    [InlineData("openai", "openai", "https://api.openai.com/v1")]
    [InlineData("vllm", "vllm", null)]
    [InlineData("grok", "grok", "https://api.x.ai/v1")]
    [InlineData("xai", "grok", "https://api.x.ai/v1")]
    public void Types_AreRegistered(string type, string dialect, string? baseUrl)
    {
        using var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddProviderDialects().BuildServiceProvider();
        var factory = services.GetServices<IModelProviderFactory>().Single(f => f.Type == type);

        Assert.Equal(baseUrl, factory.DefaultBaseUrl(new ProviderOptions()));
        Assert.Equal(dialect, factory.Create("p", new ProviderOptions { BaseUrl = "http://h/v1" }).Type);
    }

    [Theory]
    [InlineData("o1")]
    [InlineData("o3-mini")]
    [InlineData("gpt-5.4")]
    [InlineData("gpt-5-mini-2025-08-07")]
    [InlineData("ft:o4-mini-2025-04-16:acme::x")]
    public async Task OpenAIsReasoningModels_AreToldMaxTokensByItsNewName(string model)
    {
        Assert.Equal(
            """{ "max_completion_tokens" : 7, "messages":[{"role":"user","content":"max_tokens","max_tokens":1}], "model": "NAME" }""".Replace("NAME", model, StringComparison.Ordinal),
            await SentAsync("""{ "max_tokens" : 7, "messages":[{"role":"user","content":"max_tokens","max_tokens":1}], "model": "alias" }""", model));
        Assert.Equal(
            """{"model":"NAME","stream":true,"messages":[{"role":"user","content":"x"}],"max_completion_tokens":7,"stream_options":{"include_usage":true}}""".Replace("NAME", model, StringComparison.Ordinal),
            await SentAsync("""{"model":"alias","stream":true,"messages":[{"role":"user","content":"x"}],"max_tok\u0065ns":7}""", model));
    }

    [Theory]
    [InlineData("gpt-4o")]
    [InlineData("o1x")]
    [InlineData("gpt-55")]
    [InlineData("my-o3")]
    public async Task OtherModels_AreToldMaxTokensAsItCame(string model) =>
        Assert.Contains("\"max_tokens\":7", await SentAsync("""{"model":"alias","max_tokens":7,"messages":[{"role":"user","content":"x"}]}""", model), StringComparison.Ordinal);

    [Fact]
    public async Task BothNames_AreLeftToTheProvider()
    {
        const string Both = """{"model":"o3","max_tokens":7,"max_completion_tokens":8,"messages":[{"role":"user","content":"x"}]}""";
        Assert.Equal(Both, await SentAsync(Both, "o3"));
    }

    [Theory]
    [InlineData("vllm")]
    [InlineData("grok")]
    public async Task OtherProfiles_RenameNothing(string type)
    {
        const string Request = """{"model":"o3","max_tokens":7,"messages":[{"role":"user","content":"x"}]}""";
        Assert.Equal(Request, await SentAsync(Request, "o3", Profile(type)));
    }

    [Fact]
    public async Task Vllm_TellsTheContextLengthOfItsModels()
    {
        Server.Then("""{"object":"list","data":[{"id":"a","created":17,"owned_by":"vllm","max_model_len":32768},{"id":"b","max_model_len":"x"},{"id":"c","max_model_len":-1}]}""");

        Assert.Equal(
            [new ListedModel("a", 17, "vllm", 32768), new ListedModel("b"), new ListedModel("c")],
            (await Make(new(), OpenAIProfile.VLlm).ListModelsAsync(CancellationToken.None)).Models);
    }

    [Theory]
    [InlineData("openai", """{"error":{"message":"This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}""")]
    [InlineData("vllm", """{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4900 in the messages, 100 in the completion).","type":"BadRequestError","param":null,"code":400}""")]
    [InlineData("vllm", """{"error":{"message":"The prompt (total length 25938) is too long to fit into the model (context length 4096).","type":"BadRequestError","param":null,"code":400}}""")]
    [InlineData("grok", """{"code":"Client specified an invalid argument","error":"This model's maximum prompt length is 131072 but the request contains 537812 tokens."}""")]
    public async Task PromptThatIsTooLong_IsToldByOneCode(string type, string body)
    {
        Server.Then(body, 400);

        var error = await ErrorAsync(Profile(type));

        Assert.Equal((GatewayErrorCode.ContextLengthExceeded, 400), (error.Code, ErrorMapper.Status(error)));
        using var output = new PooledBuffer();
        ErrorMapper.Write(error, output);
        var written = Encoding.UTF8.GetString(output.WrittenSpan);
        OpenAISchemas.AssertValid("ErrorResponse", written);
        Assert.Contains("\"code\":\"context_length_exceeded\"", written, StringComparison.Ordinal);
        Assert.Equal(type == "openai", written == body);
    }

    [Theory]
    [InlineData(400, """{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***ey. You can obtain an API key from https://console.x.ai."}""")]
    [InlineData(429, """{"code":"Some resource has been exhausted","error":"Your team 16f2151a has either used all available credits or reached its monthly spending limit."}""")]
    [InlineData(403, """{"code":"The caller does not have permission to execute the specified operation","error":"Your newly created team doesn't have any credits yet."}""")]
    public async Task GroksWordsAboutTheKey_AreNotTheClientsBusiness(int status, string body)
    {
        Server.Then(body, status);

        var error = await ErrorAsync(OpenAIProfile.Grok);

        Assert.Equal(GatewayErrorCode.UpstreamCredentialsExhausted, error.Code);
        Assert.DoesNotContain("xa***ey", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ContentThatGrokRefuses_IsNoFaultOfTheKey()
    {
        Server.Then(
            """{"code":"The caller does not have permission to execute the specified operation","error":"Content violates usage guidelines. Team: t-1, API key ID: k-1, Model: grok-4, Failed check: SAFETY_CHECK_TYPE_BIO"}""", 403);

        var error = await ErrorAsync(OpenAIProfile.Grok);

        Assert.Equal((GatewayErrorCode.UpstreamRejected, 400, "content_filter"), (error.Code, ErrorMapper.Status(error), ErrorMapper.Code(error)));
        Assert.DoesNotContain("k-1", error.Message, StringComparison.Ordinal);
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task GroksFlatError_BecomesAnErrorObject()
    {
        Server.Then("""{"code":"Client specified an invalid argument","error":"Argument not supported on this model: presencePenalty"}""", 400);

        var error = await ErrorAsync(OpenAIProfile.Grok);

        Assert.Equal((GatewayErrorCode.UpstreamRejected, "Argument not supported on this model: presencePenalty"), (error.Code, error.Message));
    }

    [Theory]
    [InlineData("reasoning")]
    [InlineData("reasoning_content")]
    public async Task Reasoning_PassesByTheNameItHas(string field)
    {
        var chunk = $$$"""{"choices":[{"index":0,"delta":{"role":"assistant","{{{field}}}":"hm"},"finish_reason":null}]}""";
        const string Finish = """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""";
        Server.ThenStream(EventStream, $"data: {chunk}\n\n", $"data: {Finish}\n\n", "data: [DONE]\n\n");

        var read = await Calls.ReadAsync(Make(new(), OpenAIProfile.VLlm).ChatAsync(Calls.Chat("""{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}""")));

        Assert.Equal([chunk, Finish], read.Chunks);
    }

    private static OpenAIProfile Profile(string type) => OpenAIProfile.All.Single(p => p.Type == type);

    private Task<GatewayError> ErrorAsync(OpenAIProfile profile) =>
        Calls.ErrorAsync(Make(new() { ApiKey = "k1" }, profile).ChatAsync(Calls.Chat(Ask)));

    /// <summary>What the server got for a chat.</summary>
    private async Task<string> SentAsync(string request, string model, OpenAIProfile? profile = null)
    {
        // A stream that is none: here only the request counts.
        Server.Then(Answer);
        await using var answer = await Make(new(), profile ?? OpenAIProfile.OpenAI).ChatAsync(Calls.Chat(request, model));
        return Server.Requests[^1].Text;
    }
}

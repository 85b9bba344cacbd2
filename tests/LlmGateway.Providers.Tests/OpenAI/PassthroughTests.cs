using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Tests.OpenAI;

public sealed class PassthroughTests : OpenAIFixture
{
    private const string Answer =
        """{ "id":"x",  "object":"chat.completion","model":"m","vendor":{"a":[1,2.50]},"choices":[{"index":0,"message":{"role":"assistant","content":"Grüße \ud83d\ude00 😀"},"finish_reason":"stop","stop_reason":null}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}} """;

    [Fact]
    public async Task Document_PassesByteForByte_BothWays()
    {
        const string Request =
            """ { "messages" : [{"role":"user","content":"hi \u00e9 😀","x":1}], "model": "m", "temperature" : 0.10, "top_k": 40, "vendor": {"deep":[{}]} } """;
        Server.Then(Answer);

        await using var answer = await Provider.ChatAsync(Calls.Chat(Request));

        var whole = Assert.IsType<JsonAnswer>(answer);
        Assert.Equal(Answer, Encoding.UTF8.GetString(whole.Body.Span));
        Assert.Equal(new TokenUsage(3, 2), whole.Usage);
        Assert.Equal("stop", whole.FinishReason);
        Assert.Equal(Request, Server.Only.Text);
        Assert.Equal("POST /v1/chat/completions HTTP/1.1", Server.Only.Head.Split("\r\n")[0]);
        Assert.Equal("application/json", Server.Only.Header("Content-Type"));
        Assert.Null(Server.Only.Header("Authorization"));
    }

    [Theory]
    [InlineData("up/stream-7b", "\"up/stream-7b\"")]
    [InlineData("quote\"back\\slash", "\"quote\\u0022back\\\\slash\"")]
    public async Task OnlyTheModelIsRenamed(string upstream, string written)
    {
        Server.Then(Answer);

        await Calls.DocumentAsync(Provider.ChatAsync(Calls.Chat("""{"x": 1, "model" : "alias", "messages":[{"role":"user","content":"the model alias"}]}""", upstream)));

        Assert.Equal("""{"x": 1, "model" : NAME, "messages":[{"role":"user","content":"the model alias"}]}""".Replace("NAME", written, StringComparison.Ordinal), Server.Only.Text);
    }

    [Fact]
    public async Task KeyAndHeaders_AreSent()
    {
        var options = new ProviderOptions { ApiKey = "sk-secret" };
        options.Headers["x-team"] = "blue";
        Server.Then(Answer);

        await Calls.DocumentAsync(Make(options).ChatAsync(Calls.Chat("""{"model":"m","messages":[{"role":"user","content":"x"}]}""")));

        Assert.Equal("Bearer sk-secret", Server.Only.Header("Authorization"));
        Assert.Equal("blue", Server.Only.Header("x-team"));
    }

    [Fact]
    public async Task OneConnection_ServesRequestAfterRequest()
    {
        var provider = Provider;
        for (var i = 0; i < 3; i++)
        {
            Server.Then(Answer);
            Assert.Equal(Answer, await Calls.DocumentAsync(provider.ChatAsync(Calls.Chat("""{"model":"m","messages":[{"role":"user","content":"x"}]}"""))));
        }

        Assert.Equal(3, Server.Requests.Count);
        Assert.Equal(1, Server.Connections);
    }

    [Fact]
    public async Task Completion_GoesToItsOwnEndpoint()
    {
        const string Text = """{"id":"c","object":"text_completion","choices":[{"index":0,"text":"b","logprobs":null,"finish_reason":"length"}]}""";
        Server.Then(Text);

        Assert.Equal(Text, await Calls.DocumentAsync(Provider.CompleteAsync(Calls.Make(Operation.Completion, """{"model":"m","prompt":["a"],"best_of":2}"""))));

        Assert.Equal("/v1/completions", Server.Only.Path);
        Assert.Equal("""{"model":"m","prompt":["a"],"best_of":2}""", Server.Only.Text);
    }

    [Theory]
    [InlineData("""{"choices":[{"index":0,"message":{"content":"no finish reason"}}]}""")]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""{"object":"chat.completion"}""")]
    [InlineData("""{"choices":[{"finish_reason":"stop"}]""")]
    [InlineData("""{"choices":[{"finish_reason":"stop"}]} {"more":1}""")]
    [InlineData("")]
    public async Task DocumentThatIsNoAnswer_IsAnError(string body)
    {
        Server.Then(body);

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, (await Error()).Code);
    }

    [Fact]
    public async Task DocumentOfAnotherContentType_IsAnError()
    {
        Server.Then(Answer, contentType: "text/html");

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, (await Error()).Code);
    }

    [Fact]
    public async Task DocumentThatIsCut_IsAnError()
    {
        Server.Then(async c =>
        {
            await c.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Answer.Length + 50}\r\n\r\n{Answer}");
            await c.CutAsync();
        });

        Assert.Equal(GatewayErrorCode.UpstreamInterrupted, (await Error()).Code);
    }

    [Fact]
    public async Task Models_AreListed()
    {
        Server.Then("""{"object":"list","data":[{"id":"a","object":"model","created":17,"owned_by":"me"},{"id":"b"}]}""");

        var listing = await Provider.ListModelsAsync(CancellationToken.None);

        Assert.Null(listing.Error);
        Assert.Equal([new ListedModel("a", 17, "me"), new ListedModel("b")], listing.Models);
        Assert.Equal("GET /v1/models HTTP/1.1", Server.Only.Head.Split("\r\n")[0]);
    }

    [Fact]
    public async Task OddEntries_DoNotHideTheOtherModels()
    {
        Server.Then("""{"data":[{"name":"no id"},{"id":7},"x",{"id":"a","created":"yesterday","owned_by":1}]}""");

        Assert.Equal([new ListedModel("a")], (await Provider.ListModelsAsync(CancellationToken.None)).Models);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"data":{}}""")]
    [InlineData("<html>")]
    public async Task MalformedListOfModels_IsAnError(string body)
    {
        Server.Then(body);

        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, (await Provider.ListModelsAsync(CancellationToken.None)).Error?.Code);
    }

    [Theory]
    [InlineData("""[{"id":"bare-a","object":"model"},{"id":"bare-b"}]""", "bare-a,bare-b")]
    [InlineData("""{"models":[{"id":"a"}]}""", "a")]
    [InlineData("""{"object":"list","data":null}""", "")]
    public async Task ListsOfOtherShapes_AreRead(string body, string models)
    {
        Server.Then(body);
        var listing = await Provider.ListModelsAsync(CancellationToken.None);
        Assert.Null(listing.Error);
        Assert.Equal(models, string.Join(',', listing.Models.Select(m => m.Id)));
    }

    /// <summary>What the edge let through is deeper than a parser's own limit.</summary>
    [Fact]
    public async Task DeepStreamOptions_ArePassedOn()
    {
        var deep = new string('[', 100) + new string(']', 100);
        var body = System.Text.Encoding.UTF8.GetBytes($$"""{"model":"m","stream":true,"stream_options":{"x":{{deep}}},"messages":[{"role":"user","content":"x"}]}""");
        Assert.Null(Core.Protocol.RequestReader.Read(Core.Protocol.Operation.Chat, body, out var view, 300));
        Server.Then("{}", 400);
        await Calls.ErrorAsync(Provider.ChatAsync(new Core.Providers.ProviderCall(view, "m", default)));
        Assert.Contains(deep, Server.Only.Text, StringComparison.Ordinal);
    }

    private Task<GatewayError> Error() => Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat("""{"model":"m","messages":[{"role":"user","content":"x"}]}""")));
}

using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Tests.Ollama;

/// <summary>A prompt that Ollama shortened must never look answered.</summary>
public sealed class ContextTests : OllamaFixture
{
    private const string NoWindow = """{"parameters":"stop    \"x\"","model_info":{"llama.context_length":131072}}""";

    [Theory]
    [InlineData("0.12.6")]
    [InlineData("0.13.0-rc1")]
    [InlineData("1.0.0")]
    public async Task ServerThatRefusesLongPrompts_IsTrusted(string version)
    {
        Options.Models["m"] = new ModelOptions { ContextLength = 100 };
        await StartAsync(version);

        Assert.Equal(StreamState.Completed, (await StreamAsync(Long(2000), Line("\"content\":\"x\""), Done(100, 50))).State);
        Assert.DoesNotContain(Server.Requests, r => r.Path == "/api/show");
    }

    [Theory]
    [InlineData("0.12.5")]
    [InlineData("0.6.2")]
    [InlineData("0.0.0")]
    [InlineData(null)]
    public async Task PromptThatFillsTheWindow_FailsAtTheEnd(string? version)
    {
        Options.Models["m"] = new ModelOptions { ContextLength = 4096 };
        await StartAsync(version);

        var read = await StreamAsync(AskStream(), Line("\"content\":\"x\""), Done(4096, 3));

        Assert.Equal(StreamState.Failed, read.State);
        Assert.Equal((GatewayErrorCode.ContextLengthExceeded, "messages"), (read.Error!.Code, read.Error.Param));
        Assert.Null(read.FinishReason);
        Assert.DoesNotContain("\"finish_reason\":\"", string.Concat(read.Chunks), StringComparison.Ordinal);
        Assert.Equal(new TokenUsage(4096, 3), read.Usage);
    }

    [Fact]
    public async Task WholeAnswerToAShortenedPrompt_IsAPlainError()
    {
        await StartAsync("0.12.5");
        Server.On("/api/show", """{"parameters":"num_keep    24\nnum_ctx                        2000\nstop   \"x\""}""");
        Server.Then(Done(2000, 3).TrimEnd());

        var error = await Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(Ask())));

        Assert.Equal(GatewayErrorCode.ContextLengthExceeded, error.Code);
        Assert.Equal("""{"model":"m"}""", Server.Requests.Single(r => r.Path == "/api/show").Text);
    }

    [Fact]
    public async Task AnswerThatRanOverTheWindow_Fails()
    {
        Options.Models["m"] = new ModelOptions { ContextLength = 4096 };
        await StartAsync("0.12.5");

        Assert.Equal(StreamState.Completed, (await StreamAsync(AskStream(), Done(4000, 96))).State);
        Assert.Equal(GatewayErrorCode.ContextLengthExceeded, (await Calls.ErrorAsync(AnswerAsync(Done(4000, 97)))).Code);
    }

    [Fact]
    public async Task DroppedMessages_AreSeenInTheCount()
    {
        await StartAsync("0.12.5");
        Server.On("/api/show", NoWindow);

        // 8,000 bytes cannot be 900 tokens, and can be 1,001.
        Assert.Equal(GatewayErrorCode.ContextLengthExceeded, (await Calls.ErrorAsync(AnswerAsync(Done(900, 3), Long(8000, streamed: false)))).Code);
        await Calls.DocumentAsync(AnswerAsync(Done(1001, 3), Long(8000, streamed: false)));
    }

    [Fact]
    public async Task CountWithoutCachedTokens_ProvesNothing()
    {
        await StartAsync("0.3.14");
        Server.On("/api/show", NoWindow);

        await Calls.DocumentAsync(AnswerAsync(Done(10, 3), Long(8000, streamed: false)));
    }

    [Fact]
    public async Task EscapesInTheRequest_AreNotTakenForText()
    {
        await StartAsync("0.12.5");
        Server.On("/api/show", NoWindow);
        var escaped = string.Concat(Enumerable.Repeat("\\u6f22", 1000));

        // 1,000 characters written as 6,000 bytes.
        await Calls.DocumentAsync(AnswerAsync(Done(500, 3), $$$"""{"model":"m","messages":[{"role":"user","content":"{{{escaped}}}"}]}"""));
    }

    [Fact]
    public async Task FullDefaultWindow_IsSeenWithoutKnowingIt()
    {
        await StartAsync("0.5.0");
        Server.On("/api/show", NoWindow);

        Assert.Equal(GatewayErrorCode.ContextLengthExceeded, (await Calls.ErrorAsync(AnswerAsync(Done(2048, 3)))).Code);
        Assert.Equal(GatewayErrorCode.ContextLengthExceeded, (await Calls.ErrorAsync(AnswerAsync(Done(8192, 3)))).Code);
        await Calls.DocumentAsync(AnswerAsync(Done(2047, 3)));
        await Calls.DocumentAsync(AnswerAsync(Done(1024, 3)));
    }

    [Fact]
    public async Task PromptThatCannotFit_IsRefusedBeforeTheCall()
    {
        Options.Models["m"] = new ModelOptions { ContextLength = 100 };
        await StartAsync("0.12.5");
        Server.On("/api/show", NoWindow);

        var error = await Calls.ErrorAsync(Provider.ChatAsync(Calls.Chat(Long(1000))));

        Assert.Equal(GatewayErrorCode.ContextLengthExceeded, error.Code);
        Assert.All(Server.Requests, r => Assert.Equal("/api/version", r.Path));
    }

    [Fact]
    public async Task WindowOfAModel_IsAskedForOnceIn5Minutes()
    {
        await StartAsync("0.12.5");
        Server.On("/api/show", NoWindow);
        for (var i = 0; i < 3; i++)
        {
            await Calls.DocumentAsync(AnswerAsync(Done(10, 3)));
        }

        Assert.Single(Server.Requests, r => r.Path == "/api/show");
        Time.Advance(TimeSpan.FromMinutes(6));
        await Calls.DocumentAsync(AnswerAsync(Done(10, 3)));
        Assert.Equal(2, Server.Requests.Count(r => r.Path == "/api/show"));
    }

    [Fact]
    public async Task Completion_IsGuardedToo()
    {
        Options.Models["m"] = new ModelOptions { ContextLength = 4096 };
        await StartAsync("0.12.5");
        Server.Then("""{"response":"x","done":true,"prompt_eval_count":4096,"eval_count":1}""");

        var error = await Calls.ErrorAsync(Provider.CompleteAsync(Calls.Make(Operation.Completion, """{"model":"m","prompt":"x"}""")));

        Assert.Equal((GatewayErrorCode.ContextLengthExceeded, "prompt"), (error.Code, error.Param));
    }

    public override Task InitializeAsync() => Task.CompletedTask;

    private static string Done(int prompt, int completion) =>
        $$$"""{"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":{{{prompt}}},"eval_count":{{{completion}}}}""" + "\n";

    private static string Long(int bytes, bool streamed = true) =>
        $$$"""{"model":"m","stream":{{{(streamed ? "true" : "false")}}},"messages":[{"role":"user","content":"{{{new string('a', bytes)}}}"}]}""";

    private ValueTask<GatewayAnswer> AnswerAsync(string answer, string? request = null)
    {
        Server.Then(answer.TrimEnd());
        return Provider.ChatAsync(Calls.Chat(request ?? Ask()));
    }
}

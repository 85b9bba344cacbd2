using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Tests.Ollama;

public sealed class CompletionTests : OllamaFixture
{
    private const string DoneText = """{"model":"m","response":"","done":true,"done_reason":"length","context":[1,2],"total_duration":5043500667,"load_duration":5025959,"prompt_eval_count":26,"prompt_eval_duration":325953000,"eval_count":290,"eval_duration":4709213000}""";

    [Theory]
    [InlineData("\"say 😀\"")]
    [InlineData("[\"say 😀\"]")]
    public async Task Document_BecomesATextCompletion(string prompt)
    {
        Server.Then(DoneText.Replace("\"response\":\"\"", "\"response\":\"Gr\\u00fc\\u00dfe 😀\"", StringComparison.Ordinal));

        var text = await Calls.DocumentAsync(Provider.CompleteAsync(Call($"\"prompt\":{prompt},\"suffix\":\"end\",\"max_tokens\":290")));

        Assert.Equal(
            """{"id":"ID","object":"text_completion","created":T,"model":"m","choices":[{"index":0,"text":"Gr\u00fc\u00dfe 😀","logprobs":null,"finish_reason":"length"}],""" + Metrics + "}",
            Normal([text]));
        OpenAISchemas.AssertValid("CreateCompletionResponse", text);
        Assert.Equal("POST /api/generate HTTP/1.1", Server.Only.Head.Split("\r\n")[0]);
        Assert.Equal(
            """{"model":"m","prompt":"say 😀","suffix":"end","think":false,"stream":false,"truncate":false,"shift":false,"options":{"num_predict":290}}""", Server.Only.Text);
    }

    [Fact]
    public async Task Stream_BecomesTextCompletionChunks()
    {
        Server.ThenStream(Lines, """{"response":"a 😀","done":false}""" + "\n", """{"response":"","thinking":"not shown","done":false}""" + "\n", """{"response":" b","done":false}""" + "\n", DoneText + "\n");

        var read = await Calls.ReadAsync(Provider.CompleteAsync(Call("\"prompt\":\"x\",\"stream\":true,\"stream_options\":{\"include_usage\":true}")));

        const string Head = """{"id":"ID","object":"text_completion","created":T,"model":"m","choices":[""";
        Assert.Null(read.Error);
        Assert.Equal(
            string.Join(
                '\n',
                Head + """{"index":0,"text":"a 😀","logprobs":null,"finish_reason":null}],"usage":null}""",
                Head + """{"index":0,"text":" b","logprobs":null,"finish_reason":null}],"usage":null}""",
                Head + """{"index":0,"text":"","logprobs":null,"finish_reason":"length"}],"usage":null}""",
                Head + "]," + Metrics + "}"),
            Normal(read.Chunks));
        Assert.Equal(new TokenUsage(26, 290), read.Usage);
    }

    [Theory]
    [InlineData("\"prompt\":[\"a\",\"b\"]", "prompt")]
    [InlineData("\"prompt\":[1,2]", "prompt")]
    [InlineData("\"prompt\":[[1,2]]", "prompt")]
    [InlineData("\"prompt\":\"\"", "prompt")]
    [InlineData("\"prompt\":\"x\",\"echo\":true", "echo")]
    [InlineData("\"prompt\":\"x\",\"logprobs\":0", "logprobs")]
    [InlineData("\"prompt\":\"x\",\"best_of\":2", "best_of")]
    [InlineData("\"prompt\":\"x\",\"n\":2", "n")]
    [InlineData("\"prompt\":\"x\",\"max_tokens\":0", "max_tokens")]
    public async Task WhatGenerateCannotDo_IsRefused(string fields, string param)
    {
        var error = await Calls.ErrorAsync(Provider.CompleteAsync(Call(fields)));

        Assert.Equal((GatewayErrorCode.UnsupportedOperation, param), (error.Code, error.Param));
    }

    [Fact]
    public async Task StreamWithoutDone_Fails()
    {
        Server.ThenStream(Lines, """{"response":"a","done":false}""" + "\n");

        Assert.Equal(
            GatewayErrorCode.UpstreamInterrupted, (await Calls.ReadAsync(Provider.CompleteAsync(Call("\"prompt\":\"x\",\"stream\":true")))).Error?.Code);
    }

    private static Core.Providers.ProviderCall Call(string fields) => Calls.Make(Operation.Completion, $$"""{"model":"m",{{fields}}}""");
}

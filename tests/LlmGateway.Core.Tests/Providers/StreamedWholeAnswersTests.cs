using System.Text;
using System.Text.Json.Nodes;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Tests.Support;
using LlmGateway.TestSupport;

namespace LlmGateway.Core.Tests.Providers;

public class StreamedWholeAnswersTests
{
    private readonly QueuedProvider _inner = new("up", new ManualTimeProvider());
    private readonly ScriptedStream _stream = new() { Tokens = new TokenUsage(3, 4), Reason = "stop" };

    private static string Chunk(string delta, string reason = "null") =>
        $$"""{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{reason}}}]}""";

    [Fact]
    public async Task AWholeAnswer_IsPutTogetherOutOfAStream()
    {
        _stream.Send(
            Chunk("{\"role\":\"assistant\",\"content\":\"\"}"), Chunk("{\"content\":\"Hi \"}"), Chunk("{\"content\":\"there\"}"), Chunk("{}", "\"stop\""),
            """{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}""").Complete();

        await using var answer = await AskAsync(Views.ChatJson("\"temperature\":0.5,\"stream\":false,\"stream_options\":null,\"user\":\"ü\""));

        var json = Assert.IsType<JsonAnswer>(answer);
        var document = JsonNode.Parse(json.Body.Span)!;
        Assert.Equal(("chat.completion", "Hi there", "stop", 7), (
            (string?)document["object"], (string?)document["choices"]![0]!["message"]!["content"], (string?)document["choices"]![0]!["finish_reason"], (int)document["usage"]!["total_tokens"]!));
        Assert.Equal((new TokenUsage(3, 4), "stop"), (json.Usage!.Value, json.FinishReason));
        Assert.Equal(1, _stream.Disposals);
        Assert.Equal(
            """{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":0.5,"user":"ü","stream":true,"stream_options":{"include_usage":true}}""",
            Encoding.UTF8.GetString(Assert.Single(_inner.Calls).View.Body.Span));
        Assert.True(_inner.Calls[0].View is { Stream: true, IncludeUsage: true });
    }

    [Fact]
    public async Task AStreamThatBreaksOff_IsNoAnswer()
    {
        _stream.Send(Chunk("{\"content\":\"Hi \"}"), Chunk("{}", "\"stop\"")).Fail(GatewayErrorCode.UpstreamTimeout);
        Assert.Equal(GatewayErrorCode.UpstreamTimeout, Assert.IsType<ErrorAnswer>(await AskAsync(Views.ChatJson())).Error.Code);
        Assert.Equal(1, _stream.Disposals);
    }

    /// <summary>A stream that calls itself complete is looked at all the same.</summary>
    [Fact]
    public async Task AStreamWithoutAReason_IsNoAnswer()
    {
        _stream.Send(Chunk("{\"content\":\"Hi \"}")).Complete();
        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, Assert.IsType<ErrorAnswer>(await AskAsync(Views.ChatJson())).Error.Code);
    }

    [Fact]
    public async Task WhatIsStreamedAnyway_AndEmbeddings_ArePassedOn()
    {
        var provider = new StreamedWholeAnswers(_inner.Then(() => _stream).ThenAnswer());
        Assert.Same(_stream, await provider.ChatAsync(new ProviderCall(Views.Good(Views.ChatJson("\"stream\":true")), "m", default)));
        var embeddings = Views.Good("""{"model":"m","input":"x"}""", Operation.Embeddings);
        Assert.IsType<JsonAnswer>(await provider.EmbedAsync(new ProviderCall(embeddings, "m", default)));
        Assert.Same(embeddings, _inner.Calls[1].View);
    }

    private async Task<GatewayAnswer> AskAsync(string json) =>
        await new StreamedWholeAnswers(_inner.Then(() => _stream)).ChatAsync(new ProviderCall(Views.Good(json), "m", default)).AsTask().WaitAsync(TestTimeouts.Default);
}

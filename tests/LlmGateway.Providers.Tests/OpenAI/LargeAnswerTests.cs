using System.Text;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Tests.OpenAI;

/// <summary>Answers too large to be held: passed on in pieces, checked on the way.</summary>
public sealed class LargeAnswerTests : OpenAIFixture
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const string Request = """{"model":"m","messages":[{"role":"user","content":"x"}]}""";

    private static readonly string Text = JsonSerializer.Serialize(string.Concat(Enumerable.Repeat("Grüße 😀 \"quoted\" \\ 世界\n", 30_000)), Relaxed);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PassesByteForByte_WithItsFacts(bool announced)
    {
        var document = Document(Text, "\"stop\"");
        Send(document, announced);

        await using var answer = await Calls.OpenAsync(Provider.ChatAsync(Calls.Chat(Request)));

        Assert.True(answer.IsDocument);
        Assert.Equal(announced ? Encoding.UTF8.GetByteCount(document) : null, answer.DocumentLength);
        var (bytes, state) = await DrainAsync(answer);
        Assert.Equal(StreamState.Completed, state);
        Assert.Equal(document, Encoding.UTF8.GetString(bytes));
        Assert.Equal((new TokenUsage(3, 2), "stop"), (answer.Usage, answer.FinishReason));
    }

    [Fact]
    public async Task Cut_FailsInsteadOfEnding()
    {
        var bytes = Encoding.UTF8.GetBytes(Document(Text, "\"stop\""));
        Server.Then(async c =>
        {
            await c.SendHeadAsync("application/json");
            await c.SendChunkAsync(bytes.AsMemory(0, bytes.Length - 40));
            await c.CutAsync();
        });

        await using var answer = await Calls.OpenAsync(Provider.ChatAsync(Calls.Chat(Request)));

        var (passed, state) = await DrainAsync(answer);
        Assert.Equal(StreamState.Failed, state);
        Assert.Equal(GatewayErrorCode.UpstreamInterrupted, answer.Error!.Code);
        Assert.True(passed.Length < bytes.Length - 40);
    }

    /// <summary>The response ends in good order and yet is no answer: its last bytes are never passed on.</summary>
    [Theory]
    [InlineData("null", "a finish reason that is none")]
    [InlineData("\"stop\"}]", "a bracket too many")]
    public async Task NoAnswer_StaysOpen(string finishReason, string what)
    {
        var document = Document(Text, finishReason);
        Send(document, announced: true);

        await using var answer = await Calls.OpenAsync(Provider.ChatAsync(Calls.Chat(Request)));

        var (passed, state) = await DrainAsync(answer);
        Assert.True(state == StreamState.Failed, what);
        Assert.Equal(GatewayErrorCode.UpstreamInvalidResponse, answer.Error!.Code);
        Assert.Equal(document[..^16], Encoding.UTF8.GetString(passed));
    }

    [Fact]
    public async Task BrokenText_Fails()
    {
        var bytes = Encoding.UTF8.GetBytes(Document(Text, "\"stop\""));
        bytes[600_000] = 0xFF;
        Server.Then(async c =>
        {
            await c.SendHeadAsync("application/json");
            await c.SendChunkAsync(bytes);
            await c.EndAsync();
        });

        await using var answer = await Calls.OpenAsync(Provider.ChatAsync(Calls.Chat(Request)));

        Assert.Equal(StreamState.Failed, (await DrainAsync(answer)).State);
    }

    private static string Document(string text, string finishReason) =>
        $$$"""{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":{{{text}}}},"finish_reason":{{{finishReason}}}}],"usage":{"prompt_tokens":3,"completion_tokens":2}}""";

    private void Send(string document, bool announced)
    {
        if (announced)
        {
            Server.Then(document);
            return;
        }

        Server.Then(async c =>
        {
            await c.SendHeadAsync("application/json");
            var bytes = Encoding.UTF8.GetBytes(document);
            for (var at = 0; at < bytes.Length; at += 7777)
            {
                await c.SendChunkAsync(bytes.AsMemory(at, Math.Min(7777, bytes.Length - at)));
            }

            await c.EndAsync();
        });
    }

    private static async Task<(byte[] Bytes, StreamState State)> DrainAsync(StreamAnswer answer)
    {
        using var bytes = new MemoryStream();
        StreamState state;
        do
        {
            while (answer.TryRead(out var piece))
            {
                bytes.Write(piece.Span);
            }

            state = await answer.WaitAsync();
        }
        while (state == StreamState.Ready);

        return (bytes.ToArray(), state);
    }
}

using System.Text;
using LlmGateway.TestSupport;

namespace LlmGateway.Simulator.Tests.Bedrock;

/// <summary>
/// Faults in a binary stream. Without any it has 7 messages: start, three deltas, the block's stop, the message's stop, metadata.
/// </summary>
public sealed class FaultTests : SimulatorTest
{
    private const string Ask = """{"messages":[{"role":"user","content":[{"text":"!echo a b c"}]}]}""";

    protected override SimulatorOptions Options => new() { Models = { new() { Name = "fast", TokensPerSecond = 0, FirstTokenDelay = TimeSpan.Zero } } };

    [Theory]
    [InlineData("error-event", 1, "internalServerException")]
    [InlineData("error-event;after=3;code=429", 3, "throttlingException")]
    [InlineData("error-event;after=2;code=424", 2, "modelStreamErrorException")]
    [InlineData("error-event;after=2;code=503", 2, "serviceUnavailableException")]
    [InlineData("error-event;after=2;code=400", 2, "validationException")]
    public async Task Exception_IsTheLastMessage(string fault, int before, string type)
    {
        var messages = await StreamAsync(fault);

        Assert.Equal(before + 1, messages.Count);
        Assert.Equal([":exception-type=" + type, ":content-type=application/json", ":message-type=exception"], messages[^1].Headers);
        Assert.Equal("""{"message":"Simulated fault (error-event)."}""", messages[^1].Payload);
        Assert.All(messages, m => Assert.True(m.IsIntact));
    }

    [Fact]
    public async Task Corrupt_LeavesOneMessageWhoseChecksumDoesNotFit_AndTheStreamGoesOn()
    {
        var messages = await StreamAsync("corrupt;after=2");

        Assert.Equal(7, messages.Count);
        Assert.Equal([2], messages.Select((m, i) => (m.IsIntact, i)).Where(m => !m.IsIntact).Select(m => m.i));
    }

    [Fact]
    public async Task Malformed_IsHalfADocumentInAnIntactMessage()
    {
        var messages = await StreamAsync("malformed;after=2");

        Assert.All(messages, m => Assert.True(m.IsIntact));
        Assert.StartsWith("{\"contentBlockIndex\":0,", messages[2].Payload, StringComparison.Ordinal);
        Assert.False(messages[2].Payload.EndsWith('}'));
    }

    [Theory]
    [InlineData("truncate;after=2", true)]
    [InlineData("end;after=2;bytes=30", true)]
    [InlineData("cut;after=2;bytes=30", false)]
    public async Task Breaks_HappenInsideAMessage(string fault, bool isCompleteBody)
    {
        var answer = await RawHttp.PostAsync(Server.BaseAddress, "/model/fast/converse-stream", Ask, $"x-simulator-fault: {fault}\r\n");
        Assert.Equal(isCompleteBody, answer.BodyIsComplete);
        Assert.Contains("application/vnd.amazon.eventstream", answer.Head, StringComparison.Ordinal);

        if (!isCompleteBody) return;
        var messages = await StreamAsync(fault, whole: false);
        Assert.Equal(["messageStart", "contentBlockDelta"], messages.Select(m => m.Type));
    }

    [Theory]
    [InlineData("no-done", "metadata")]
    [InlineData("no-finish", "messageStop")]
    public async Task LeftOutMessages_AreMissing(string fault, string type)
    {
        var messages = await StreamAsync(fault);

        Assert.Equal(6, messages.Count);
        Assert.DoesNotContain(type, messages.Select(m => m.Type));
    }

    [Fact]
    public async Task Corrupt_MakesTextThatIsNoUtf8_OnOtherWires()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Json(Chat("!echo a", ",\"stream\":true", "fast")) };
        request.Headers.Add("x-simulator-fault", "corrupt;after=1;bytes=8");
        using var response = await Http.SendAsync(request);
        var body = await response.Content.ReadAsByteArrayAsync();

        Assert.Equal(1, body.Count(b => b == 0xFF));
        Assert.EndsWith("data: [DONE]\n\n", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ErrorEvents_OfOtherWires_HaveTheTypeOfTheirStatus()
    {
        const string Request = """{"model":"fast+error-event-after-2-code-529","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]}""";
        var (_, body) = await PostAsync("/v1/messages", Request);

        Assert.Contains("\"error\":{\"type\":\"overloaded_error\"", body, StringComparison.Ordinal);
    }

    private async Task<List<EventMessage>> StreamAsync(string fault, bool whole = true)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/model/fast/converse-stream") { Content = Json(Ask) };
        request.Headers.Add("x-simulator-fault", fault);
        using var response = await Http.SendAsync(request);
        var messages = EventStreamReader.Read(await response.Content.ReadAsByteArrayAsync(), out var rest);
        Assert.Equal(whole, rest == 0);
        return messages;
    }
}

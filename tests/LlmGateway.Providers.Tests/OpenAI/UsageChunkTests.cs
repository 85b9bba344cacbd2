using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Tests.OpenAI;

/// <summary>With <c>include_usage</c> one chunk of its own at the end has the counts, without none: wherever the server puts them.</summary>
public sealed class UsageChunkTests : OpenAIFixture
{
    private const string Head = "\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\"";
    private const string Counts = """{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}""";

    private static string Ask(bool usage) =>
        $$"""{"model":"m","stream":true,"stream_options":{"include_usage":{{(usage ? "true" : "false")}}},"messages":[{"role":"user","content":"x"}]}""";

    private static string Chunk(string delta, string reason = "null", string end = "") => $"{{{Head},\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{reason}}}]{end}}}";

    /// <summary>Whichever way the stream ends after its last chunk.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CountsInTheFinishChunk_BecomeAChunkOfTheirOwn(bool marker)
    {
        var (asked, hidden) = await BothAsync(marker, Chunk("{\"content\":\"Hi\"}"), Chunk("{}", "\"stop\"", $",\"usage\":{Counts}"));

        Assert.Equal([Chunk("{\"content\":\"Hi\"}"), Chunk("{}", "\"stop\"", ",\"usage\":null"), $"{{{Head},\"choices\":[],\"usage\":{Counts}}}"], asked.Chunks);
        Assert.Equal([Chunk("{\"content\":\"Hi\"}"), Chunk("{}", "\"stop\"")], hidden.Chunks);
    }

    [Fact]
    public async Task CountsInEveryChunk_AreToldOnce()
    {
        string[] chunks =
        [
            Chunk("{\"content\":\"Hi\"}", end: ""","usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4},"x":1"""),
            Chunk("{\"content\":\" there\"}", end: ""","usage":{"prompt_tokens":3,"completion_tokens":3,"total_tokens":6}"""),
            Chunk("{}", "\"stop\"", $",\"usage\":{Counts}"), $"{{{Head},\"choices\":[],\"usage\":{Counts}}}",
        ];
        var (asked, hidden) = await BothAsync(true, chunks);

        Assert.Equal(
            [Chunk("{\"content\":\"Hi\"}", end: ",\"usage\":null,\"x\":1"), Chunk("{\"content\":\" there\"}", end: ",\"usage\":null"), Chunk("{}", "\"stop\"", ",\"usage\":null"), chunks[3]],
            asked.Chunks);
        Assert.Equal([Chunk("{\"content\":\"Hi\"}", end: ",\"x\":1"), Chunk("{\"content\":\" there\"}"), Chunk("{}", "\"stop\"")], hidden.Chunks);
    }

    /// <summary>The chunk of the counts comes last, even if the server had more to say.</summary>
    [Fact]
    public async Task CountsBeforeTheEnd_AreHeldBack()
    {
        var usage = $"{{{Head},\"choices\":[],\"usage\":{Counts}}}";
        var (asked, hidden) = await BothAsync(true, Chunk("{\"content\":\"Hi\"}"), usage, Chunk("{}", "\"stop\""));

        Assert.Equal([Chunk("{\"content\":\"Hi\"}"), Chunk("{}", "\"stop\""), usage], asked.Chunks);
        Assert.Equal([Chunk("{\"content\":\"Hi\"}"), Chunk("{}", "\"stop\"")], hidden.Chunks);
    }

    [Fact]
    public async Task CountsAsTheFirstMember_AreTakenOutWithTheirComma()
    {
        var chunk = $"{{ \"usage\" : {Counts} , {Head},\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"Hi\"}},\"finish_reason\":\"stop\"}}]}}";
        var (asked, hidden) = await BothAsync(true, chunk);

        Assert.Equal([chunk.Replace(" " + Counts, "null", StringComparison.Ordinal), "{ \"usage\" : " + Counts + " , " + Head + ",\"choices\":[]}"], asked.Chunks);
        Assert.Equal(["{ " + chunk[(chunk.IndexOf(Head, StringComparison.Ordinal))..]], hidden.Chunks);
    }

    /// <summary>The same stream to a client that asked for the counts, and to one that did not.</summary>
    private async Task<(ReadStream Asked, ReadStream Hidden)> BothAsync(bool marker, params string[] chunks)
    {
        string[] pieces = [.. chunks.Select(c => $"data: {c}\n\n"), .. marker ? ["data: [DONE]\n\n"] : Array.Empty<string>()];
        Server.ThenStream(EventStream, pieces).ThenStream(EventStream, pieces);
        var asked = await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(Ask(true))));
        var hidden = await Calls.ReadAsync(Provider.ChatAsync(Calls.Chat(Ask(false))));
        Assert.All([asked, hidden], r => Assert.Equal((StreamState.Completed, new TokenUsage(3, 4)), (r.State, r.Usage!.Value)));
        return (asked, hidden);
    }
}

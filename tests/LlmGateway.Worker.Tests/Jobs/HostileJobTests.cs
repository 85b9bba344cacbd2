using System.Text.Json;
using LlmGateway.Core.Protocol;
using LlmGateway.Data.Jobs;
using LlmGateway.TestSupport;

namespace LlmGateway.Worker.Tests.Jobs;

/// <summary>Jobs before a server that does not keep to its protocol: what is no whole answer is no result, and what is one is whole.</summary>
public sealed class HostileJobTests : IAsyncLifetime
{
    private readonly ScriptedServer _upstream = new ScriptedServer().On("/v1/models", """{"object":"list","data":[{"id":"m","object":"model","created":1,"owned_by":"o"}]}""");
    private JobStage _stage = null!;

    public async Task InitializeAsync() => _stage = await JobStage.StartAsync(("Providers:up:BaseUrl", _upstream.BaseUrl + "/v1"), ("Providers:up:Models:m:Prices:Output", "10"));

    public async Task DisposeAsync()
    {
        await _stage.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    private static string Chunk(string delta, string reason = "null") => $$"""data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{reason}}}]}""" + "\n\n";

    [Theory]
    [InlineData("\"\"", "")]
    [InlineData("\"null\"", "")]
    [InlineData("\"stop\"", ",\"n\":2")]
    public async Task AnAnswerThatIsNotWhole_CompletesNoJob(string reason, string more)
    {
        _upstream.On("/v1/chat/completions", async c =>
        {
            await c.SendHeadAsync("text/event-stream");
            await c.SendChunkAsync(Chunk("{\"content\":\"The answer is \"}", reason));
            await c.EndAsync();
        });
        var job = await _stage.DoAsync(JobStage.Chat("x", "m", more));
        Assert.NotEqual(JobStatus.Completed, job.Status);
        Assert.Null(job.Result);
    }

    /// <summary>Gemini numbers each of its calls 0.</summary>
    [Fact]
    public async Task CallsUnderOneNumber_AreSeveralInTheResult()
    {
        _upstream.ThenStream(
            "text/event-stream", Chunk("""{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"London\"}"}}]}"""),
            Chunk("""{"tool_calls":[{"index":0,"id":"c2","type":"function","function":{"name":"time","arguments":"{\"tz\":\"UTC\"}"}}]}"""), Chunk("{}", "\"tool_calls\""), "data: [DONE]\n\n");
        var job = await _stage.DoAsync(JobStage.Chat("x", "m"));
        Assert.Equal(JobStatus.Completed, job.Status);
        var calls = JobStage.Json(job.Result).GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls").EnumerateArray().ToArray();
        Assert.Equal(["c1 weather", "c2 time"], calls.Select(c => $"{c.GetProperty("id")} {c.GetProperty("function").GetProperty("name")}"));
        Assert.All(calls, c => Assert.Single(JsonDocument.Parse(c.GetProperty("function").GetProperty("arguments").GetString()!).RootElement.EnumerateObject()));
    }

    [Fact]
    public async Task AbsurdCounts_AreChargedWithinWhatCanBeStored()
    {
        _upstream.ThenStream(
            "text/event-stream", Chunk("{\"content\":\"x\"}", "\"stop\""),
            """data: {"choices":[],"usage":{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807,"total_tokens":9223372036854775807}}""" + "\n\n", "data: [DONE]\n\n");
        var job = await _stage.DoAsync(JobStage.Chat("x", "m"));
        Assert.Equal(JobStatus.Completed, job.Status);
        var charge = Assert.Single(_stage.Leases.Ends).Usage!;
        Assert.Equal((TokenCount.Most, TokenCount.Most), (charge.PromptTokens, charge.CompletionTokens));
    }
}

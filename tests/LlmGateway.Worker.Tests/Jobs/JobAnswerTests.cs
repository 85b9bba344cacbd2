using System.Text;
using System.Text.Json;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Usage;
using LlmGateway.TestSupport;

namespace LlmGateway.Worker.Tests.Jobs;

/// <summary>What a job leaves behind that went well.</summary>
public sealed class JobAnswerTests
{
    private const string Tools = """
        ,"tools":[{"type":"function","function":{"name":"get_weather","description":"Weather of a city","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}},
        {"type":"function","function":{"name":"get_time","parameters":{"type":"object","properties":{"zone":{"type":"string"}}}}}],"tool_choice":"required"
        """;

    [Theory]
    [InlineData("!words 40", "")]
    [InlineData("!echo Grüße, 世界 \"quoted\"\n", ",\"n\":3")]
    [InlineData("weather and time please", Tools)]
    [InlineData("!words 12", ",\"max_tokens\":5,\"stream\":true,\"stream_options\":{\"include_usage\":true}")]
    [InlineData("!words 12", ",\"stream\":null,\"stream_options\":null")]
    [InlineData("!words 12", ",\"stream_options\":null,\"stream\":null,\"n\":2")]
    public async Task Chat_GivesTheDocumentOfAWholeAnswer(string text, string more)
    {
        await using var stage = await JobStage.StartAsync();
        var plain = more.Replace("true", "false", StringComparison.Ordinal).Replace("{\"include_usage\":false}", "null", StringComparison.Ordinal);
        var expected = await stage.AskAsync(JobStage.Chat(text, more: plain));
        var job = await stage.DoAsync(JobStage.Chat(text, more: more));

        Assert.Equal((JobStatus.Completed, 1d, (string?)null), (job.Status, job.Progress, job.Error));
        var result = JobStage.Json(job.Result);
        Assert.Equal("chat.completion", result.GetProperty("object").GetString());
        Assert.True(JsonElement.DeepEquals(expected.GetProperty("usage"), result.GetProperty("usage")), result.GetRawText());
        AssertSame(expected.GetProperty("choices"), result.GetProperty("choices"));
        Assert.Contains("\"stream\":true", stage.Simulator.Requests[^1].Body.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);

        var usage = JobStage.Json(Encoding.UTF8.GetBytes(job.Usage!));
        Assert.Equal(result.GetProperty("usage").GetProperty("total_tokens").GetInt32(), usage.GetProperty("total_tokens").GetInt32());
        var charge = Assert.Single(stage.Leases.Ends).Usage!;
        Assert.Equal((UsageRecorder.IdOf(job.Id), job.Id, "key", "ada", 200), (charge.Id, charge.JobId, charge.ApiKeyId, charge.Owner, charge.Status));
        Assert.Equal(usage.GetProperty("completion_tokens").GetInt64(), charge.CompletionTokens);
    }

    [Fact]
    public async Task Events_AreTheChunks_LiveAndKept()
    {
        await using var stage = await JobStage.StartAsync();
        var job = await stage.DoAsync(JobStage.Chat("!echo one two three"));
        var events = JobEventArchive.Read(job.Events!).Select(Encoding.UTF8.GetString).ToArray();
        Assert.Equal("""{"attempt":1}""", events[0]);
        Assert.Equal("one two three", string.Concat(events.Skip(1).Select(Content)));
        Assert.All(events.Skip(1), chunk => Assert.Equal("chat.completion.chunk", JsonDocument.Parse(chunk).RootElement.GetProperty("object").GetString()));
        // What had no time to be shown live is in the row.
        Assert.Equal(events.Take(stage.Log.Events.Length), stage.Log.Events);
        Assert.Contains(job.Id, stage.Log.Notified);
        Assert.Contains(job.Id, stage.Log.Forgotten);
    }

    [Fact]
    public async Task Events_ArriveWhileTheJobRuns()
    {
        await using var stage = await JobStage.StartAsync();
        var job = stage.Add(JobStage.Chat("!words 1000", "sim-slow"));
        var run = stage.RunNextAsync();
        await Eventually.IsTrueAsync(() => stage.Log.Events.Length > 3, "chunks are shown");
        var running = Assert.Single(stage.Keeper.Running);
        await Eventually.IsTrueAsync(() => running.Progress > 0, "there is progress");
        Assert.Equal(JobStatus.Running, job.Status);
        running.RequestStop(Worker.Jobs.StopReason.Shutdown);
        await run.WaitAsync(TestTimeouts.Default);
    }

    [Fact]
    public async Task Chat_ThatIsNotToBeStreamed_IsAskedForWhole()
    {
        await using var stage = await JobStage.StartAsync();
        var job = await stage.DoAsync(JobStage.Chat("!echo whole", more: ",\"stream\":false"));
        Assert.Equal("whole", JobStage.Json(job.Result).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Single(JobEventArchive.Read(job.Events!));
        Assert.DoesNotContain("stream_options", stage.Simulator.Requests[^1].Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1500)]
    public async Task Embeddings_GiveEveryVector_HoweverMany(int inputs)
    {
        await using var stage = await JobStage.StartAsync();
        var texts = string.Join(',', Enumerable.Range(0, inputs).Select(i => $"\"text {i}\""));
        var job = await stage.DoAsync($$"""{"model":"sim-embed","input":[{{texts}}]}""", JobKind.Embeddings);
        Assert.Equal((JobStatus.Completed, (string?)null), (job.Status, job.Error));
        var data = JobStage.Json(job.Result).GetProperty("data");
        Assert.Equal(Enumerable.Range(0, inputs), data.EnumerateArray().Select(vector => vector.GetProperty("index").GetInt32()));
        Assert.All(data.EnumerateArray(), vector => Assert.Equal(384, vector.GetProperty("embedding").GetArrayLength()));
        Assert.True(Assert.Single(stage.Leases.Ends).Usage!.PromptTokens >= inputs);
    }

    [Theory]
    [InlineData("{\"model\":\"sim-embed\",\"input\":[\"a\",\"b\"]}", JobKind.Embeddings)]
    [InlineData("!words 1000", JobKind.Chat)]
    [InlineData("whole", JobKind.Chat)]
    public async Task AResultThatIsTooLarge_EndsTheJob(string request, JobKind kind)
    {
        await using var stage = await JobStage.StartAsync(("Jobs:MaxResultBytes", "1024"));
        var body = kind == JobKind.Embeddings ? request : request == "whole" ? JobStage.Chat("!words 1000", more: ",\"stream\":false") : JobStage.Chat(request);
        var job = await stage.DoAsync(body, kind);
        Assert.Equal((JobStatus.Failed, "result_too_large", (DateTimeOffset?)null), (job.Status, JobStage.ErrorCode(job), job.DeadLetteredAt));
        Assert.Null(job.Result);
        Assert.NotNull(Assert.Single(stage.Leases.Ends).Usage);
    }

    [Fact]
    public async Task ALargeEmbeddingsAnswer_ThatIsTooLarge_EndsTheJob()
    {
        await using var stage = await JobStage.StartAsync(("Jobs:MaxResultBytes", "1048576"));
        var job = await stage.DoAsync($$"""{"model":"sim-embed","input":[{{string.Join(',', Enumerable.Repeat("\"a\"", 1500))}}]}""", JobKind.Embeddings);
        Assert.Equal((JobStatus.Failed, "result_too_large"), (job.Status, JobStage.ErrorCode(job)));
    }

    [Fact]
    public async Task Webhooks_AreSeenToAsSoonAsTheirJobHasEnded()
    {
        await using var stage = await JobStage.StartAsync(("Jobs:BackoffDelay", "00:00:00"));
        await stage.DoAsync(JobStage.Chat("!echo nobody is told"));
        stage.Simulator.Faults.Set("sim-fast", "status;code=500;times=1");
        var job = stage.Add(JobStage.Chat("!echo hi"), webhook: "https://example.org/hook");
        await stage.RunNextAsync();
        Assert.Equal((JobStatus.Queued, 0), (job.Status, stage.Nudges.Count));
        await Eventually.IsTrueAsync(() => stage.RunNextAsync(), "it is due again");
        Assert.Equal((JobStatus.Completed, 1), (job.Status, stage.Nudges.Count));
    }

    private static string Content(string chunk) => string.Concat(JsonDocument.Parse(chunk).RootElement.GetProperty("choices").EnumerateArray()
        .Select(choice => choice.GetProperty("delta").TryGetProperty("content", out var text) ? text.GetString() : ""));

    private static void AssertSame(JsonElement expected, JsonElement actual)
    {
        Assert.Equal(expected.GetArrayLength(), actual.GetArrayLength());
        foreach (var (one, other) in expected.EnumerateArray().Zip(actual.EnumerateArray()))
        {
            Assert.Equal(one.GetProperty("index").GetInt32(), other.GetProperty("index").GetInt32());
            Assert.Equal(one.GetProperty("finish_reason").GetString(), other.GetProperty("finish_reason").GetString());
            var (message, answered) = (one.GetProperty("message"), other.GetProperty("message"));
            Assert.Equal(message.GetProperty("content").GetString(), answered.GetProperty("content").GetString());
            Assert.Equal(message.TryGetProperty("tool_calls", out var calls), answered.TryGetProperty("tool_calls", out var made));
            if (calls.ValueKind == JsonValueKind.Array)
            {
                Assert.True(JsonElement.DeepEquals(calls, made), made.GetRawText());
            }
        }
    }
}

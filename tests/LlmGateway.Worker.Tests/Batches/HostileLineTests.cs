using LlmGateway.TestSupport;

namespace LlmGateway.Worker.Tests.Batches;

/// <summary>Batch lines before a server that does not keep to its protocol.</summary>
public sealed class HostileLineTests
{
    [Theory]
    [InlineData("""{"choices":[{"index":0,"message":{"role":"assistant","content":"The answer is "},"finish_reason":""}]}""")]
    [InlineData("""{"choices":[{"index":0,"finish_reason":"length"}],"usage":{"prompt_tokens":8,"total_tokens":108}}""")]
    public async Task AnAnswerThatIsNotWhole_IsNoneOfALine(string body)
    {
        await using var upstream = new ScriptedServer();
        upstream.On(BatchStage.Chat, body);
        await using var stage = await BatchStage.StartAsync(("Providers:up:BaseUrl", upstream.BaseUrl + "/v1"));
        var end = await stage.EndAsync(await stage.CreateAsync([BatchStage.Line(1)]));
        Assert.Null(end.OutputFileId);
        var error = Assert.Single(await stage.ReadAsync(end.ErrorFileId)).GetProperty("response");
        Assert.Equal((502, "upstream_invalid_response"), (error.GetProperty("status_code").GetInt32(), error.GetProperty("body").GetProperty("error").GetProperty("code").GetString()));
    }
}

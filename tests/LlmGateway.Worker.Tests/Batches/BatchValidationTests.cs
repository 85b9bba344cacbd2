using System.Text;
using System.Text.Json;
using LlmGateway.Data.Jobs;
using LlmGateway.Worker.Batches;

namespace LlmGateway.Worker.Tests.Batches;

public sealed class BatchValidationTests
{
    [Theory]
    [InlineData("a\nb\nc", 1)]
    [InlineData("a\r\nb\r\nc\r\n", 1)]
    [InlineData("\uFEFFa\nb\nc\n", 1)]
    [InlineData("\uFEFFa\r\nb\nc", 2)]
    [InlineData("a\r\nb\r\nc\r\n", 3)]
    [InlineData("a\nb\nc", 100)]
    public async Task Lines_AreTheSame_HoweverTheFileIsCut(string text, int piece)
    {
        var pieces = Encoding.UTF8.GetBytes(text).Chunk(piece).ToArray();
        using var lines = new BatchFileLines((i, _) => Task.FromResult(i < pieces.Length ? pieces[i] : null), 10);
        var found = new List<string>();
        while (await lines.MoveAsync(default))
        {
            Assert.Equal(found.Count + 1, lines.Number);
            found.Add(Encoding.UTF8.GetString(lines.Line.Span));
        }

        Assert.Equal(["a", "b", "c"], found);
        Assert.False(await lines.MoveAsync(default));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task ALineThatIsTooLong_IsPassedOver(int piece)
    {
        var pieces = Encoding.UTF8.GetBytes("1234567890\r\n" + new string('x', 50) + "\n12345678901\nend").Chunk(piece).ToArray();
        using var lines = new BatchFileLines((i, _) => Task.FromResult(i < pieces.Length ? pieces[i] : null), 10);
        var found = new List<(string, bool)>();
        while (await lines.MoveAsync(default))
        {
            found.Add((Encoding.UTF8.GetString(lines.Line.Span), lines.IsTooLong));
        }

        Assert.Equal([("1234567890", false), ("", true), ("", true), ("end", false)], found);
    }

    [Theory]
    [InlineData("{", "invalid_json_line", null)]
    [InlineData("[]", "invalid_json_line", null)]
    [InlineData("{} {}", "invalid_json_line", null)]
    [InlineData("{\"custom_id\":\"\\ud800\"}", "invalid_json_line", null)]
    [InlineData("{}", "missing_required_parameter", "custom_id")]
    [InlineData("""{"custom_id":7}""", "invalid_type", "custom_id")]
    [InlineData("""{"custom_id":""}""", "invalid_value", "custom_id")]
    [InlineData("""{"custom_id":"a\u0000"}""", "invalid_value", "custom_id")]
    [InlineData("""{"custom_id":"a","custom_id":"b"}""", "duplicate_parameter", "custom_id")]
    [InlineData("""{"custom_id":"a"}""", "missing_required_parameter", "method")]
    [InlineData("""{"custom_id":"a","method":"GET"}""", "invalid_method", "method")]
    [InlineData("""{"custom_id":"a","method":"POST"}""", "missing_required_parameter", "url")]
    [InlineData("""{"custom_id":"a","method":"POST","url":"/v1/embeddings"}""", "mismatched_endpoint", "url")]
    [InlineData("""{"custom_id":"a","method":"POST","url":"/v1/chat/completions"}""", "missing_required_parameter", "body")]
    [InlineData("""{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":[]}""", "invalid_type", "body")]
    [InlineData("""{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{}}""", "missing_required_parameter", "body.model")]
    [InlineData("""{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true}}""", "invalid_value", "body.stream")]
    public async Task AMistake_FailsTheBatch_AndIsToldWithItsLine(string line, string code, string? param)
    {
        await using var stage = await BatchStage.StartAsync();
        var job = await stage.CreateAsync([BatchStage.Line(1), "", line]);
        var end = await stage.EndAsync(job);
        Assert.Equal(JobStatus.Failed, end.Status);
        var error = Assert.Single(ErrorsOf(end));
        Assert.Equal((code, param, 3), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString(), error.GetProperty("line").GetInt32()));
        Assert.NotEqual("", error.GetProperty("message").GetString());
        Assert.Equal(0, stage.Asked);
    }

    [Fact]
    public async Task CustomIds_AreUnique_AcrossTheWholeFile()
    {
        await using var stage = await BatchStage.StartAsync();
        var job = await stage.CreateAsync(Enumerable.Range(1, 1200).Select(i => BatchStage.Line(i, customId: i is 3 or 1100 ? "c1" : null)));
        var errors = ErrorsOf(await stage.EndAsync(job));
        Assert.Equal([3, 1100], errors.Select(error => error.GetProperty("line").GetInt32()));
        Assert.All(errors, error => Assert.Equal("duplicate_custom_id", error.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task MistakesWithoutEnd_AreToldUpToABound()
    {
        await using var stage = await BatchStage.StartAsync();
        var job = await stage.CreateAsync(Enumerable.Repeat("nonsense", 5000));
        Assert.Equal(100, ErrorsOf(await stage.EndAsync(job)).Length);
    }

    [Theory]
    [InlineData(0, "empty_file")]
    [InlineData(4, "too_many_requests")]
    public async Task TheNumberOfRequests_IsBounded(int lines, string code)
    {
        await using var stage = await BatchStage.StartAsync(("Batches:MaxLines", "3"));
        var job = await stage.CreateAsync(["", .. Enumerable.Range(1, lines).Select(i => BatchStage.Line(i)), " \r"]);
        var error = Assert.Single(ErrorsOf(await stage.EndAsync(job)));
        Assert.Equal((code, JsonValueKind.Null), (error.GetProperty("code").GetString(), error.GetProperty("line").ValueKind));
    }

    [Fact]
    public async Task AnInputFileThatIsGone_FailsTheBatch()
    {
        await using var stage = await BatchStage.StartAsync();
        var job = await stage.CreateAsync([BatchStage.Line(1)]);
        await stage.Files.DeleteAsync(job.InputFileId!, "key", default);
        Assert.Equal("input_file_not_found", Assert.Single(ErrorsOf(await stage.EndAsync(job))).GetProperty("code").GetString());
    }

    [Fact]
    public async Task AnInputFileThatGoesWhileItIsRead_FailsTheBatch()
    {
        await using var stage = await BatchStage.StartAsync();
        var job = await stage.CreateAsync(Enumerable.Range(1, 1200).Select(i => BatchStage.Line(i)));
        stage.Items.OnAdding = () => stage.Files.DeleteAsync(job.InputFileId!, "key", default);
        Assert.Equal("input_file_not_found", Assert.Single(ErrorsOf(await stage.EndAsync(job))).GetProperty("code").GetString());
        Assert.Equal(0, stage.Asked);
    }

    private static JsonElement[] ErrorsOf(JobEnd end)
    {
        Assert.Equal(JobStatus.Failed, end.Status);
        var document = JsonDocument.Parse(end.Error!).RootElement;
        Assert.Equal("invalid_request_error", document.GetProperty("error").GetProperty("type").GetString());
        return [.. document.GetProperty("errors").GetProperty("data").EnumerateArray()];
    }
}

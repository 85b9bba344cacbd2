using System.Text;
using LlmGateway.Contracts.Jobs;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Tests.Jobs;

public sealed class SubmitTests(JobsFixture fixture) : IClassFixture<JobsFixture>
{
    private const string Url = "https://example.com/hook";

    private static string Request(string members = "", string model = "chatty") => Json.Chat("hello", model, members);

    [Fact]
    public async Task Submit_StoresTheRequest_AndSaysWhereTheJobIs()
    {
        using var response = await fixture.SubmitAsync(Request("\"metadata\":{\"a\":\"b\"}"));
        var document = await JobsFixture.DocumentAsync(response, 202);
        var id = document.GetProperty("id").GetString()!;
        Assert.Matches("^job_[0-9a-f]{32}$", id);
        Assert.Equal($"/v1/chat/jobs/{id}", response.Headers.Location?.ToString());
        Assert.False(response.Headers.Contains("idempotent-replayed"));
        Assert.Equal(("queued", "chat.job", "chatty", "normal", 0), (
            document.GetProperty("status").GetString(), document.GetProperty("object").GetString(), document.GetProperty("model").GetString(),
            document.GetProperty("priority").GetString(), document.GetProperty("progress").GetInt32()));
        var job = fixture.Store[id];
        Assert.Equal(Request("\"metadata\":{\"a\":\"b\"}"), Encoding.UTF8.GetString(job.Request));
        Assert.Equal(("test", JobKind.Chat, 5, job.CreatedAt, TimeSpan.FromMinutes(1)), (job.ApiKeyId, job.Kind, job.MaxAttempts, job.RunAfter, job.QueueAt - job.CreatedAt));
        Assert.Contains(new JobReady { Queue = "chat", JobId = id, Priority = 5 }, fixture.Hints);
    }

    [Fact]
    public async Task Embeddings_AreJobsOfTheirOwn()
    {
        using var response = await fixture.SubmitAsync("""{"model":"embedder","input":["a","b"]}""", JobsFixture.EmbeddingsPath);
        var id = (await JobsFixture.DocumentAsync(response, 202)).GetProperty("id").GetString()!;
        Assert.Equal($"/v1/embeddings/jobs/{id}", response.Headers.Location?.ToString());
        Assert.Equal(JobKind.Embeddings, fixture.Store[id].Kind);
        Assert.Contains(fixture.Hints, h => h.JobId == id && h.Queue == "embeddings");
    }

    [Theory]
    [InlineData("""{"priority":"high",REST}""", "{REST}")]
    [InlineData("""{ "priority" : "high" , REST}""", "{ REST}", true)]
    [InlineData("""{REST,"priority":"high"}""", "{REST}")]
    [InlineData("""{REST , "priority":"high" }""", "{REST  }")]
    [InlineData("""{"priority":"high",REST,"webhook":{"url":"https://example.com/hook"}}""", "{REST}")]
    [InlineData("""{"webhook":"https://example.com/hook","priority":"high",REST}""", "{REST}")]
    [InlineData("""{REST,"webhook":{"url":"https://example.com/hook"},"priority":"high"}""", "{REST}")]
    [InlineData("""{"prior\u0069ty":"h\u0069gh",REST,"x":1,"webhook":null,"y":{"priority":1,"webhook":2}}""", """{REST,"x":1,"y":{"priority":1,"webhook":2}}""")]
    public async Task OwnFields_AreCutOut_AndNothingElse(string sent, string stored, bool trimmed = false)
    {
        const string Rest = """ "model" : "chatty","messages":[{"role":"user","content":"{\"priority\":\"low\",}"}],"odd":[ 1.50,"é" ] """;
        var id = await fixture.AcceptAsync(sent.Replace("REST", Rest, StringComparison.Ordinal));
        var job = fixture.Store[id];
        var kept = Encoding.UTF8.GetString(job.Request);
        var expected = stored.Replace("REST", Rest, StringComparison.Ordinal);
        Assert.Equal(trimmed ? expected.Replace(" ", "", StringComparison.Ordinal) : expected, trimmed ? kept.Replace(" ", "", StringComparison.Ordinal) : kept);
        Assert.Equal(JobPriority.High, job.Priority);
        Assert.Equal(sent.Contains("example.com", StringComparison.Ordinal) ? Url : null, job.WebhookUrl);
        Assert.Equal(job.CreatedAt, job.QueueAt);
    }

    [Theory]
    [InlineData(null, "low", JobPriority.Low)]
    [InlineData("\"high\"", "low", JobPriority.High)]
    [InlineData("null", "HIGH", JobPriority.High)]
    [InlineData("null", null, JobPriority.Normal)]
    public async Task Priority_OfTheDocumentWinsOverTheHeader(string? field, string? header, JobPriority expected)
    {
        var id = await fixture.AcceptAsync(
            Request(field is null ? "" : $"\"priority\":{field}"), headers: header is null ? [] : [("x-llm-gateway-priority", header)]);
        Assert.Equal(expected, fixture.Store[id].Priority);
    }

    [Theory]
    [InlineData("\"priority\":\"urgent\"", "invalid_value", "priority")]
    [InlineData("\"priority\":\"High\"", "invalid_value", "priority")]
    [InlineData("\"priority\":5", "invalid_type", "priority")]
    [InlineData("\"priority\":{\"a\":[1]}", "invalid_type", "priority")]
    [InlineData("\"priority\":\"low\",\"priority\":\"high\"", "duplicate_parameter", "priority")]
    [InlineData("\"priority\":null,\"priority\":null", "duplicate_parameter", "priority")]
    [InlineData("\"webhook\":1", "invalid_type", "webhook")]
    [InlineData("\"webhook\":[\"https://example.com\"]", "invalid_type", "webhook")]
    [InlineData("\"webhook\":{}", "missing_required_parameter", "webhook.url")]
    [InlineData("\"webhook\":\"\"", "missing_required_parameter", "webhook.url")]
    [InlineData("\"webhook\":{\"url\":null}", "missing_required_parameter", "webhook.url")]
    [InlineData("\"webhook\":{\"url\":{\"a\":[1]}}", "invalid_type", "webhook.url")]
    [InlineData("\"webhook\":{\"url\":\"https://a.example\",\"url\":\"https://b.example\"}", "duplicate_parameter", "webhook.url")]
    [InlineData("\"webhook\":\"https://a.example\",\"webhook\":null", "duplicate_parameter", "webhook")]
    [InlineData("\"webhook\":{\"url\":\"https://a.example\",\"secret\":{\"x\":[1]}}", "unknown_parameter", "webhook.secret")]
    [InlineData("\"webhook\":\"https://a.example/\\u0000\"", "invalid_value", "webhook")]
    [InlineData("\"webhook\":\"https://a.example/\\r\\nx: y\"", "invalid_value", "webhook")]
    [InlineData("\"webhook\":\"http://a.example/\"", "invalid_value", "webhook.url")]
    [InlineData("\"temperature\":3", "decimal_above_max_value", "temperature")]
    [InlineData("\"model\":\"other\"", "duplicate_parameter", "model")]
    public async Task BadField_IsRefused(string members, string code, string param)
    {
        var before = fixture.Store.Jobs.Count;
        using var response = await fixture.SubmitAsync(Request(members));
        await ErrorAssert.IsAsync(response, 400, code, param);
        Assert.Equal(before, fixture.Store.Jobs.Count);
    }

    [Theory]
    [InlineData("", "invalid_json", null)]
    [InlineData("{", "invalid_json", null)]
    [InlineData("[]", "invalid_type", null)]
    [InlineData("\"x\"", "invalid_type", null)]
    [InlineData("""{"priority":"high"}""", "missing_required_parameter", "model")]
    [InlineData("""{"priority":"high","model":"chatty"}""", "missing_required_parameter", "messages")]
    [InlineData("""{"priority":"urgent","model":"chatty","messages":[}""", "invalid_json", null)]
    [InlineData("""{"priority":"high","model":"chatty","messages":[{"role":"user","content":"\ud800"}]}""", "invalid_json", null)]
    [InlineData("""{"webhook":"https://a.example/\ud800","model":"chatty","messages":[{"role":"user","content":"x"}]}""", "invalid_json", null)]
    public async Task BadDocument_IsRefused(string body, string code, string? param)
    {
        using var response = await fixture.SubmitAsync(body);
        await ErrorAssert.IsAsync(response, 400, code, param);
    }

    [Fact]
    public async Task InvalidUtf8_IsRefused_WhereverItStands()
    {
        foreach (var template in new[] { """{"webhook":{"url":"?"},REST}""", """{"priority":"?",REST}""", """{"webhook":{"url":"https://a.example","?":1},REST}""", """{"x":"?",REST}""" })
        {
            var bytes = Encoding.UTF8.GetBytes(template.Replace("REST", Request()[1..^1], StringComparison.Ordinal));
            bytes[Array.IndexOf(bytes, (byte)'?')] = 0xFF;
            using var content = new ByteArrayContent(bytes);
            content.Headers.ContentType = new("application/json");
            using var response = await fixture.Gateway.Client.PostAsync(JobsFixture.ChatPath, content);
            Assert.Equal(400, (int)response.StatusCode);
        }
    }

    [Fact]
    public async Task DeepNesting_IsRefused()
    {
        using var response = await fixture.SubmitAsync(Request("\"webhook\":" + new string('[', 100) + new string(']', 100)));
        await ErrorAssert.IsAsync(response, 400, "json_too_deep");
    }

    [Fact]
    public async Task HugeBody_IsRefused_AndOneOfTheLimitIsNot()
    {
        await using var connection = await fixture.Gateway.ConnectAsync();
        await connection.SendAsync(connection.Head("POST", JobsFixture.ChatPath, "Content-Type: application/json\r\nContent-Length: 20971520\r\n"));
        ErrorAssert.Is(await connection.ReadAsync(), 413, "request_too_large");

        var text = new string('x', 1000 * 1000);
        var id = await fixture.AcceptAsync(Json.Chat(text, "away", "\"priority\":\"low\""));
        Assert.Equal(Json.Chat(text, "away"), Encoding.UTF8.GetString(fixture.Store[id].Request));
    }

    [Fact]
    public async Task OtherContentType_IsRefused()
    {
        using var content = new StringContent(Request(), Encoding.UTF8, "text/plain");
        using var response = await fixture.Gateway.Client.PostAsync(JobsFixture.ChatPath, content);
        await ErrorAssert.IsAsync(response, 415, "unsupported_content_type");
    }

    [Fact]
    public async Task WrongMethodAndMissingKey_AreAnsweredLikeElsewhere()
    {
        using var put = await fixture.Gateway.Client.PutAsync(JobsFixture.ChatPath, Json.Content("{}"));
        await ErrorAssert.IsAsync(put, 405, "method_not_supported");
        using var anonymous = fixture.Gateway.NewClient(null);
        using var response = await JobsFixture.SubmitAsync(anonymous, Request());
        await ErrorAssert.IsAsync(response, 401, "missing_api_key");
    }

    [Fact]
    public async Task UnknownModel_IsRefused_AndAProviderThatIsAwayIsNot()
    {
        using var response = await fixture.SubmitAsync(Request(model: "nobody"));
        await ErrorAssert.IsAsync(response, 404, "model_not_found", "model");
        await fixture.AcceptAsync(Request(model: "away"));
    }

    [Fact]
    public async Task WhatNoProviderCanDo_IsRefusedNow()
    {
        using var operation = await fixture.SubmitAsync("""{"model":"chatty","input":"x"}""", JobsFixture.EmbeddingsPath);
        await ErrorAssert.IsAsync(operation, 400, "unsupported_operation", "model");
        using var length = await fixture.SubmitAsync(Request("\"max_tokens\":5000"));
        await ErrorAssert.IsAsync(length, 400, "context_length_exceeded");
    }
}

using System.Net;
using System.Text.Json;

namespace LlmGateway.Simulator.Tests.Ollama;

public sealed class CatalogTests : OllamaTest
{
    [Fact]
    public async Task Tags_ListTheModels()
    {
        var models = JsonDocument.Parse(await Http.GetStringAsync("api/tags")).RootElement.GetProperty("models");

        Assert.Equal(["sim-embed:latest", "sim-large:latest", "sim-small:latest", "sim-vision:latest"], models.EnumerateArray().Select(m => m.GetProperty("name").GetString()));
        Assert.Equal(
            """{"name":"sim-small:latest","model":"sim-small:latest","modified_at":"2025-01-01T00:00:00Z","size":1300000000,"digest":"D","details":{"parent_model":"","format":"gguf","family":"simulated","families":["simulated"],"parameter_size":"1.2B","quantization_level":"Q4_K_M"},"capabilities":["completion","tools","insert"]}""",
            models[2].GetRawText().Replace(models[2].GetProperty("digest").GetString()!, "D", StringComparison.Ordinal));
        Assert.Matches("^[0-9a-f]{64}$", models[2].GetProperty("digest").GetString());
    }

    [Fact]
    public async Task Show_TellsWindowAndCapabilities()
    {
        var shown = await OkAsync("api/show", """{"model":"sim-large"}""");

        Assert.Equal(131_072, shown.GetProperty("model_info").GetProperty("simulated.context_length").GetInt32());
        Assert.Equal(70_000_000_000, shown.GetProperty("model_info").GetProperty("general.parameter_count").GetInt64());
        Assert.Contains("thinking", shown.GetProperty("capabilities").EnumerateArray().Select(c => c.GetString()));
        Assert.Equal("model 'nope' not found", await RefusedAsync("api/show", """{"model":"nope"}""", 404));
        Assert.Equal("model is required", await RefusedAsync("api/show", "{}", 400));
    }

    [Fact]
    public async Task Running_ShowsWhatIsLoaded()
    {
        Assert.Equal("""{"models":[]}""", await Http.GetStringAsync("api/ps"));
        await OkAsync("api/generate", """{"model":"sim-small"}""");
        var running = JsonDocument.Parse(await Http.GetStringAsync("api/ps")).RootElement.GetProperty("models");

        Assert.Equal(
            ["name", "model", "size", "digest", "details", "expires_at", "size_vram", "context_length"], running[0].EnumerateObject().Select(m => m.Name));
        await OkAsync("api/generate", """{"model":"sim-small","keep_alive":0}""");
        Assert.Equal("""{"models":[]}""", await Http.GetStringAsync("api/ps"));
    }

    [Fact]
    public async Task Pull_TellsItsProgress_AndTheModelIsThere()
    {
        var (_, text) = await PostAsync("api/pull", """{"model":"qwen3:8b"}""");
        var lines = Lines(text).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        var statuses = lines.Select(l => l.GetProperty("status").GetString()!).ToList();

        Assert.Equal("pulling manifest", statuses[0]);
        Assert.Equal(["verifying sha256 digest", "writing manifest", "success"], statuses[^3..]);
        var layer = lines.Where(l => l.TryGetProperty("digest", out _) && l.GetProperty("total").GetInt64() > 1_000_000).ToList();
        Assert.False(layer[0].TryGetProperty("completed", out _));
        Assert.Equal(layer[^1].GetProperty("total").GetInt64(), layer[^1].GetProperty("completed").GetInt64());
        var progress = layer.Skip(1).Select(l => l.GetProperty("completed").GetInt64()).ToList();
        Assert.Equal(progress.Order(), progress);
        var shown = await OkAsync("api/show", """{"model":"qwen3:8b"}""");
        Assert.Equal("8B", shown.GetProperty("details").GetProperty("parameter_size").GetString());
        Assert.Contains("thinking", shown.GetProperty("capabilities").GetRawText(), StringComparison.Ordinal);
        Assert.Equal("""{"status":"success"}""", (await OkAsync("api/pull", """{"name":"nomic-embed-text","stream":false}""")).GetRawText());
        Assert.Equal(384, (await OkAsync("api/embed", """{"model":"nomic-embed-text","input":"x"}""")).GetProperty("embeddings")[0].GetArrayLength());
    }

    [Fact]
    public async Task PullOfWhatIsNotThere_FailsInsideTheStream()
    {
        var (status, text) = await PostAsync("api/pull", """{"model":"missing"}""");

        Assert.Equal(200, status);
        Assert.Equal(["""{"status":"pulling manifest"}""", """{"error":"pull model manifest: file does not exist"}"""], Lines(text));
        Assert.Equal("pull model manifest: file does not exist", await RefusedAsync("api/pull", """{"model":"missing","stream":false}""", 500));
    }

    [Fact]
    public async Task CopyAndDelete_AnswerNothing()
    {
        Assert.Equal((200, ""), await PostAsync("api/copy", """{"source":"sim-small","destination":"copy"}"""));
        await OkAsync("api/show", """{"model":"copy:latest"}""");
        Assert.Equal("model \"nope\" not found", await RefusedAsync("api/copy", """{"source":"nope","destination":"x"}""", 404));
        Assert.Equal(HttpStatusCode.OK, await DeleteAsync("copy"));
        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync("copy"));
    }

    [Theory]
    [InlineData("api/tags")]
    [InlineData("api/version")]
    [InlineData("/")]
    public async Task Head_IsAnswered(string path)
    {
        using var answer = await Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private async Task<HttpStatusCode> DeleteAsync(string model)
    {
        using var answer = await Http.SendAsync(new HttpRequestMessage(HttpMethod.Delete, "api/delete") { Content = Json($$"""{"model":"{{model}}"}""") });
        return answer.StatusCode;
    }
}

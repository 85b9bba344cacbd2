using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LlmGateway.TestSupport;

namespace LlmGateway.TestGateway.Jobs;

/// <summary>A client of files and batches.</summary>
/// <param name="api">The Api that is there now.</param>
/// <param name="key">Its key.</param>
public sealed class BatchClient(Func<HttpClient> api, string key)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Sends the lines one after the other, as an application does that never holds them all.</summary>
    /// <returns>The file's id.</returns>
    public async Task<string> UploadAsync(IEnumerable<string> lines)
    {
        using var form = new MultipartFormDataContent { { new StringContent("batch"), "purpose" }, { new LinesContent(lines), "file", "requests.jsonl" } };
        using var request = Request(HttpMethod.Post, "/v1/files");
        request.Content = form;
        using var answer = await api().SendAsync(request);
        return (await OkAsync(answer)).GetProperty("id").GetString()!;
    }

    /// <returns>The batch's id.</returns>
    public async Task<string> CreateAsync(string fileId)
    {
        using var request = Request(HttpMethod.Post, "/v1/batches");
        request.Content = new StringContent(
            $$"""{"input_file_id":"{{fileId}}","endpoint":"/v1/chat/completions","completion_window":"24h"}""", Encoding.UTF8, "application/json");
        using var answer = await api().SendAsync(request);
        return (await OkAsync(answer)).GetProperty("id").GetString()!;
    }

    public async Task<JsonElement> GetAsync(string id)
    {
        using var answer = await api().SendAsync(Request(HttpMethod.Get, $"/v1/batches/{id}"));
        return await OkAsync(answer);
    }

    /// <summary>Asks until the batch is as wanted.</summary>
    public async Task<JsonElement> WaitAsync(string id, Func<JsonElement, bool> condition, TimeSpan limit)
    {
        var end = new CancellationTokenSource(limit).Token;
        while (true)
        {
            var batch = await GetAsync(id);
            if (condition(batch))
            {
                return batch;
            }

            Assert.False(end.IsCancellationRequested, $"In vain: {batch}");
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    public Task<JsonElement> WaitForEndAsync(string id, TimeSpan? limit = null) => WaitAsync(
        id, batch => batch.GetProperty("status").GetString() is "completed" or "failed" or "expired" or "cancelled", limit ?? TestTimeouts.Default);

    /// <summary>The lines of the file that the batch names under <paramref name="property"/>; none when it names none.</summary>
    public async Task<List<JsonElement>> LinesAsync(JsonElement batch, string property)
    {
        var lines = new List<JsonElement>();
        if (batch.GetProperty(property).GetString() is not { } fileId)
        {
            return lines;
        }

        using var answer = await api().SendAsync(Request(HttpMethod.Get, $"/v1/files/{fileId}/content"), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync() is { } line)
        {
            lines.Add(JsonDocument.Parse(line).RootElement);
        }

        return lines;
    }

    /// <summary>A line that asks a model to say something.</summary>
    public static string Line(string customId, string model, string prompt) =>
        $$$"""{"custom_id":"{{{customId}}}","method":"POST","url":"/v1/chat/completions","body":{"model":"{{{model}}}","messages":[{"role":"user","content":"{{{prompt}}}"}]}}""";

    private HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return request;
    }

    private static async Task<JsonElement> OkAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{(int)answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Lines of a length that nobody knows beforehand.</summary>
    private sealed class LinesContent(IEnumerable<string> lines) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            foreach (var line in lines)
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

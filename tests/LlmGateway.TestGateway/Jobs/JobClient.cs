using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace LlmGateway.TestGateway.Jobs;

/// <summary>A client of jobs as a careful application is one: it says everything again until it has an answer.</summary>
/// <param name="api">The Api that is there now.</param>
/// <param name="key">Its key.</param>
public sealed class JobClient(Func<HttpClient> api, string key)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Long enough for servers to be killed and started again on a busy machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Submits until it was accepted; the idempotency key makes one job of it.</summary>
    public async Task<string> SubmitAsync(string prompt, string model = "sim-job", string? priority = null, string path = "/v1/chat/jobs")
    {
        var idempotencyKey = Guid.NewGuid().ToString();
        var extra = priority is null ? "" : $$""","priority":"{{priority}}" """;
        var body = $$"""{"model":"{{model}}","messages":[{"role":"user","content":"{{prompt}}"}]{{extra}}}""";
        using var answer = await UntilAsync(HttpMethod.Post, path, response => response.StatusCode == HttpStatusCode.Accepted, body, idempotencyKey);
        return (await JsonAsync(answer)).GetProperty("id").GetString()!;
    }

    public async Task<JsonElement> GetAsync(string id)
    {
        using var answer = await UntilAsync(HttpMethod.Get, $"/v1/chat/jobs/{id}", response => response.StatusCode == HttpStatusCode.OK);
        return await JsonAsync(answer);
    }

    public async Task<JsonElement> WaitAsync(string id, Func<JsonElement, bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        var end = patience.Token;
        while (true)
        {
            var job = await GetAsync(id);
            if (condition(job))
            {
                return job;
            }

            Assert.False(end.IsCancellationRequested, $"In vain: {job}");
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    /// <summary>Waits until the job has ended, however.</summary>
    public Task<JsonElement> WaitForEndAsync(string id) => WaitAsync(id, job => Status(job) is not ("queued" or "running"));

    public static string? Status(JsonElement job) => job.GetProperty("status").GetString();

    /// <summary>The text of a completed chat job.</summary>
    public static string? Text(JsonElement job) =>
        job.GetProperty("result").GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        return await api().SendAsync(request);
    }

    /// <summary>Follows the job's events to their end, coming back with the last id whenever the connection ends before.</summary>
    public async Task<List<(string Id, string Event, string Data)>> FollowAsync(string id)
    {
        var events = new List<(string, string, string)>();
        string? last = null;
        using var patience = new CancellationTokenSource(Patience);
        var end = patience.Token;
        while (last != "end")
        {
            Assert.False(end.IsCancellationRequested, $"The events of {id} have no end after {last}.");
            try
            {
                last = await FollowOnceAsync(id, last, events, end);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                last = events.LastOrDefault(e => e.Item1.Length > 0).Item1;
                await Task.Delay(Pause, CancellationToken.None);
            }
        }

        return events;
    }

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return JsonDocument.Parse(text).RootElement;
    }

    private async Task<string?> FollowOnceAsync(string id, string? last, List<(string Id, string Event, string Data)> events, CancellationToken end)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/chat/jobs/{id}/events");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (last is not null)
        {
            request.Headers.Add("Last-Event-ID", last);
        }

        using var answer = await api().SendAsync(request, HttpCompletionOption.ResponseHeadersRead, end);
        answer.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(end));
        var (eventId, name, data) = ("", "message", "");
        while (await reader.ReadLineAsync(end) is { } line)
        {
            if (line.Length == 0)
            {
                if (data.Length > 0 && eventId.Length > 0)
                {
                    events.Add((eventId, name, data));
                    last = eventId;
                }

                (eventId, name, data) = ("", "message", "");
            }
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                eventId = line[4..];
            }
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                name = line[7..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                data += line[6..];
            }
        }

        return last;
    }

    private async Task<HttpResponseMessage> UntilAsync(HttpMethod method, string path, Func<HttpResponseMessage, bool> good, string? body = null, string? idempotencyKey = null)
    {
        using var patience = new CancellationTokenSource(Patience);
        var end = patience.Token;
        while (true)
        {
            var told = "nothing answers";
            try
            {
                var answer = await SendAsync(method, path, body, idempotencyKey);
                if (good(answer))
                {
                    return answer;
                }

                told = $"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(end)}";
                Assert.True((int)answer.StatusCode >= 500, told);
                answer.Dispose();
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
            {
                told = e.Message;
            }

            Assert.False(end.IsCancellationRequested, $"{method} {path}: {told}");
            await Task.Delay(Pause, CancellationToken.None);
        }
    }
}

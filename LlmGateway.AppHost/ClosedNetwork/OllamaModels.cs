using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace LlmGateway.AppHost.ClosedNetwork;

/// <summary>The models of an Ollama server, by its API (github.com/ollama/ollama, docs/api.md).</summary>
internal sealed class OllamaModels(Uri server)
{
    /// <summary>Pulls last as long as they last; <see cref="HasAsync"/> has a bound of its own.</summary>
    private static readonly HttpClient Client = new() { Timeout = Timeout.InfiniteTimeSpan };
    private static readonly TimeSpan LookTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Whether the server has the model.</summary>
    public async Task<bool> HasAsync(string model, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(LookTimeout);
        using var response = await Client.PostAsJsonAsync(new Uri(server, "/api/show"), new { model }, bound.Token);
        return response.StatusCode == HttpStatusCode.NotFound ? false : response.EnsureSuccessStatusCode().IsSuccessStatusCode;
    }

    /// <summary>Loads the model down; <paramref name="progress"/> gets what the server says, with the part of the layer that is there, 0 to 1.</summary>
    /// <exception cref="InvalidOperationException">The server says that it cannot, or ends before it says that it has.</exception>
    public async Task PullAsync(string model, Func<string, double?, Task> progress, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, "/api/pull")) { Content = JsonContent.Create(new { model }) };
        using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        var status = "";
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length == 0)
            {
                continue;
            }

            var step = JsonSerializer.Deserialize<JsonElement>(line);
            if (step.TryGetProperty("error", out var error))
            {
                throw new InvalidOperationException(error.GetString());
            }

            status = step.GetProperty("status").GetString() ?? "";
            await progress(status, Part(step));
        }

        response.EnsureSuccessStatusCode();
        if (status != "success")
        {
            throw new InvalidOperationException("the server ended the pull before it had the model.");
        }
    }

    private static double? Part(JsonElement step) =>
        step.TryGetProperty("total", out var total) && total.GetInt64() is > 0 and var bytes
            ? (step.TryGetProperty("completed", out var completed) ? completed.GetInt64() : 0) / (double)bytes
            : null;
}

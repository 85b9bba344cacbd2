using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlmGateway.Simulator.Tests;

/// <summary>A Simulator on a free port for one test, and the calls tests make to it.</summary>
public abstract class SimulatorTest : IAsyncLifetime
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    protected SimulatorServer Server { get; private set; } = null!;

    protected HttpClient Http { get; private set; } = null!;

    protected virtual SimulatorOptions Options => new();

    public async Task InitializeAsync()
    {
        Server = await SimulatorServer.StartAsync(Options);
        Http = new HttpClient { BaseAddress = Server.BaseAddress, Timeout = TimeSpan.FromSeconds(30) };
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
    }

    protected static string Chat(string content, string more = "", string model = "sim-small") =>
        $$"""{"model":"{{model}}","messages":[{"role":"user","content":{{JsonSerializer.Serialize(content)}}}]{{more}}}""";

    protected static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    protected async Task<(int Status, string Body)> PostAsync(string path, string body)
    {
        using var response = await Http.PostAsync(path, Json(body));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The payloads of a server-sent-event body, exactly one data line each.</summary>
    protected static List<string> Events(string body)
    {
        Assert.EndsWith("\n\n", body, StringComparison.Ordinal);
        return [.. body[..^2].Split("\n\n").Select(e =>
        {
            Assert.StartsWith("data: ", e, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', e);
            return e[6..];
        })];
    }

    /// <summary>Ids and times replaced, for comparing whole chunks.</summary>
    protected static string Normal(string chunk) =>
        Regex.Replace(Regex.Replace(chunk, "\"id\":\"(chatcmpl|cmpl)-[0-9a-f]{32}\"", "\"id\":\"ID\""), "\"created\":\\d+", "\"created\":0");
}

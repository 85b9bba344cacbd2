using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Standalone;

/// <summary>Standalone as a process that nobody configured, with a client that has its key.</summary>
internal sealed partial class StandaloneGateway : IAsyncDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("llmgateway-standalone-").FullName;
    private readonly RefusingAddress _nowhere = new();
    private readonly ServiceProcess _process;

    private StandaloneGateway(IEnumerable<(string Name, string Value)> settings)
    {
        var environment = settings.ToDictionary(s => s.Name, s => s.Value);
        environment["Standalone__DataDirectory"] = _data;
        // So that an Ollama on the machine does not take part.
        environment["OLLAMA_BASE_URL"] = _nowhere.Url;
        _process = new ServiceProcess("LlmGateway.Standalone", ["--urls", "http://127.0.0.1:0"], environment);
    }

    public HttpClient Client { get; } = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMinutes(2) };

    public string Output => _process.Output;

    public static async Task<StandaloneGateway> StartAsync(params (string Name, string Value)[] settings)
    {
        var gateway = new StandaloneGateway(settings);
        try
        {
            var output = await gateway._process.WaitForOutputAsync(text => text.Contains("Stop with Ctrl+C.", StringComparison.Ordinal));
            gateway.Client.BaseAddress = new Uri(ReadyLine().Match(output).Groups[1].Value);
            var key = (await File.ReadAllTextAsync(Path.Combine(gateway._data, "api-key"))).Trim();
            gateway.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    public Task<HttpResponseMessage> PostAsync(string path, string json) =>
        Client.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

    public async Task<JsonElement> GetAsync(string path)
    {
        using var response = await Client.GetAsync(path);
        return await ReadAsync(response, 200);
    }

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response, int status)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode} instead of {status}: {body}");
        return JsonDocument.Parse(body).RootElement;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _process.DisposeAsync();
        _nowhere.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    [GeneratedRegex(@"LlmGateway is ready: (http://\S+)/v1")]
    private static partial Regex ReadyLine();
}

using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmGateway.TestSupport;

/// <summary>A service of this repository inside the test process, on a Kestrel of its own, configured from memory alone.</summary>
public sealed class TestHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ChangeableConfiguration _settings;

    private TestHost(WebApplication app, ChangeableConfiguration settings, RecordedLogs logs)
    {
        _app = app;
        _settings = settings;
        Logs = logs;
        BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = BaseAddress, Timeout = TestTimeouts.Default };
    }

    public Uri BaseAddress { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public RecordedLogs Logs { get; }

    /// <summary>Starts a service in environment Development.</summary>
    /// <param name="add">Adds the service to the host, such as <c>b => b.AddModelManager()</c>.</param>
    /// <param name="map">Maps its endpoints.</param>
    /// <param name="settings">Settings as in <c>appsettings.json</c>.</param>
    public static Task<TestHost> StartAsync(Action<WebApplicationBuilder> add, Action<WebApplication> map, params (string Name, string? Value)[] settings) =>
        StartAsync("Development", add, map, settings);

    public static async Task<TestHost> StartAsync(
        string environment, Action<WebApplicationBuilder> add, Action<WebApplication> map, params (string Name, string? Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        // Nothing of the surrounding process's configuration or environment may reach the service.
        builder.Configuration.Sources.Clear();
        var configuration = new ChangeableConfiguration(settings);
        builder.Configuration.Sources.Add(configuration);
        var logs = new RecordedLogs(LogLevel.Error);
        builder.Logging.ClearProviders().AddProvider(logs);
        add(builder);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        try
        {
            map(app);
            await app.StartAsync();
            return new TestHost(app, configuration, logs);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Changes settings while the service runs; null removes one.</summary>
    public void Change(params (string Name, string? Value)[] settings) => _settings.Change(settings);

    /// <summary>Asks the host to stop, as a container runtime does.</summary>
    public Task StopAsync() => _app.StopAsync();

    /// <summary>The answer's status and its JSON.</summary>
    public async Task<(int Status, JsonElement Document)> GetJsonAsync(string path)
    {
        using var response = await Client.GetAsync(path);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        return ((int)response.StatusCode, document.RootElement.Clone());
    }

    /// <summary>Asks for readiness until the document satisfies <paramref name="condition"/>.</summary>
    public async Task<(int Status, JsonElement Document)> WaitForReadinessAsync(Func<JsonElement, bool> condition)
    {
        (int Status, JsonElement Document) answer = default;
        await Eventually.IsTrueAsync(async () => condition((answer = await GetJsonAsync("/health/ready")).Document), "readiness is what was waited for");
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

using System.Net.Http.Headers;
using LlmGateway.Api.Hosting;
using LlmGateway.Core.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Api.Tests.Support;

/// <summary>
/// The gateway as it runs in production, on a Kestrel of its own at a free port of 127.0.0.1, configured from memory alone.
/// Settings are those of <c>appsettings.json</c>: <c>("Server:MaxJsonDepth", "8")</c>.
/// </summary>
public sealed class TestGateway : IAsyncDisposable
{
    public const string Key = "sk-test-0123456789abcdef";

    private readonly TestHost _host;

    private TestGateway(TestHost host)
    {
        _host = host;
        Client = NewClient(Key);
    }

    public Uri BaseAddress => _host.BaseAddress;

    /// <summary>Sends the key with every request.</summary>
    public HttpClient Client { get; }

    public IServiceProvider Services => _host.Services;

    /// <summary>Messages of level Error and above, exceptions included.</summary>
    public IReadOnlyCollection<string> Errors => _host.Logs.Errors;

    /// <summary>A gateway with one provider <c>up</c> of the OpenAI dialect.</summary>
    /// <param name="upstream">Base URL of the provider, <c>/v1</c> included.</param>
    /// <param name="settings">Further settings, or other values of those made here.</param>
    public static Task<TestGateway> StartAsync(string upstream, params (string Name, string? Value)[] settings) => StartAsync(
    [
        ("Authentication:Keys:test:Key", Key),
        ("Providers:up:Type", "openai"),
        ("Providers:up:BaseUrl", upstream),
        .. settings,
    ]);

    /// <summary>A gateway with these settings and no others.</summary>
    /// <param name="settings">Names and values.</param>
    /// <param name="services">Services that come before the gateway's own.</param>
    public static async Task<TestGateway> StartAsync((string Name, string? Value)[] settings, Action<IServiceCollection>? services = null) => new(
        await TestHost.StartAsync(
            "Production",
            builder =>
            {
                services?.Invoke(builder.Services);
                builder.AddGatewayApi();
            },
            app => app.MapGatewayApi(),
            [("Infrastructure:AllowInMemory", "true"), .. settings]));

    /// <summary>What a start says that is refused.</summary>
    public static async Task<Exception> FailToStartAsync(params (string Name, string? Value)[] settings) => (await Record.ExceptionAsync(async () =>
    {
        await using var gateway = await StartAsync(settings);
    }))!;

    public HttpClient NewClient(string? key)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = BaseAddress, Timeout = TestTimeouts.Default };
        client.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>Waits until every provider has been asked for its models.</summary>
    public Task ReadyAsync() => Eventually.IsTrueAsync(() => Services.GetRequiredService<ModelDirectory>().IsReady, "every provider has been asked for its models");

    /// <summary>A bare connection to the gateway.</summary>
    public Task<RawConnection> ConnectAsync() => RawConnection.OpenAsync(BaseAddress);

    /// <summary>Changes settings while the gateway runs; null removes one.</summary>
    public void Change(params (string Name, string? Value)[] settings) => _host.Change(settings);

    /// <summary>Asks the host to stop, as a container runtime does.</summary>
    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _host.DisposeAsync();
    }
}

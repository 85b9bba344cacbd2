using System.Collections.Concurrent;
using System.Net.Http.Headers;
using LlmGateway.Api.Hosting;
using LlmGateway.Core.Routing;
using LlmGateway.Settings.Files;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmGateway.Api.Tests.Support;

/// <summary>
/// The gateway as it runs in production, on a Kestrel of its own at a free port of 127.0.0.1, configured from memory alone.
/// Settings are those of <c>appsettings.json</c>: <c>("Server:MaxJsonDepth", "8")</c>.
/// </summary>
public sealed class TestGateway : IAsyncDisposable
{
    public const string Key = "sk-test-0123456789abcdef";

    private readonly WebApplication _app;
    private readonly RecordingLoggerProvider _logs;

    private TestGateway(WebApplication app, RecordingLoggerProvider logs)
    {
        _app = app;
        _logs = logs;
        BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Client = NewClient(Key);
    }

    public Uri BaseAddress { get; }

    /// <summary>Sends the key with every request.</summary>
    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Messages of level Error and above, exceptions included.</summary>
    public IReadOnlyCollection<string> Errors => _logs.Errors;

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
    public static async Task<TestGateway> StartAsync((string Name, string? Value)[] settings, Action<IServiceCollection>? services = null)
    {
        var logs = new RecordingLoggerProvider();
        var app = Build(settings, logs, services);
        await app.StartAsync();
        return new TestGateway(app, logs);
    }

    /// <summary>A gateway that also reads a settings file, as its programs do.</summary>
    public static async Task<TestGateway> StartWithFileAsync(string file, params (string Name, string? Value)[] settings)
    {
        var logs = new RecordingLoggerProvider();
        var app = Build(settings, logs, null, file);
        await app.StartAsync();
        return new TestGateway(app, logs);
    }

    /// <summary>What a start says that is refused.</summary>
    public static async Task<Exception> FailToStartAsync(params (string Name, string? Value)[] settings) => (await Record.ExceptionAsync(async () =>
    {
        await using var app = Build(settings, new RecordingLoggerProvider());
        await app.StartAsync();
        await app.StopAsync();
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
    public void Change(params (string Name, string? Value)[] settings)
    {
        var source = ((IConfigurationRoot)_app.Services.GetRequiredService<IConfiguration>()).Providers.OfType<ChangeableConfiguration>().Single();
        source.Change(settings);
    }

    /// <summary>Asks the host to stop, as a container runtime does.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static WebApplication Build((string Name, string? Value)[] settings, RecordingLoggerProvider logs, Action<IServiceCollection>? services = null, string? file = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        // Nothing of the surrounding process's configuration or environment may reach the gateway.
        builder.Configuration.Sources.Clear();
        builder.Configuration.Sources.Add(new ChangeableConfiguration([("Infrastructure:AllowInMemory", "true"), .. settings]));
        if (file is not null)
        {
            builder.Configuration.Sources.Add(new SettingsFileSource(file, isOptional: true, isWatched: true));
        }

        builder.Logging.ClearProviders().AddProvider(logs);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        services?.Invoke(builder.Services);
        builder.AddGatewayApi();
        var app = builder.Build();
        app.MapGatewayApi();
        return app;
    }

    private sealed class ChangeableConfiguration : ConfigurationProvider, IConfigurationSource
    {
        public ChangeableConfiguration((string Name, string? Value)[] settings) => Put(settings);

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public void Change((string Name, string? Value)[] settings)
        {
            Put(settings);
            OnReload();
        }

        private void Put((string Name, string? Value)[] settings)
        {
            foreach (var (name, value) in settings)
            {
                if (value is null)
                {
                    Data.Remove(name);
                }
                else
                {
                    Data[name] = value;
                }
            }
        }
    }

    private sealed class RecordingLoggerProvider : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _errors = new();

        public IReadOnlyCollection<string> Errors => _errors;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                _errors.Enqueue(formatter(state, exception) + exception);
            }
        }

        public void Dispose()
        {
        }
    }
}

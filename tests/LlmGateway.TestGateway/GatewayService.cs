using System.Text.Json;
using LlmGateway.TestSupport;

namespace LlmGateway.TestGateway;

/// <summary>A service that runs, in the test process or as a process of its own.</summary>
public sealed class GatewayService : IAsyncDisposable
{
    private readonly IAsyncDisposable _owner;
    private readonly ServiceProcess? _process;
    private int _ended;

    public GatewayService(TestHost host)
    {
        _owner = host;
        Client = host.Client;
    }

    /// <param name="process">A process that listens.</param>
    /// <param name="address">Where it listens.</param>
    public GatewayService(ServiceProcess process, Uri address)
    {
        _owner = _process = process;
        Client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = TestTimeouts.Default };
    }

    public HttpClient Client { get; }

    public ServiceProcess Process => _process ?? throw new InvalidOperationException("The service runs in the test process.");

    /// <summary>What readiness says: <c>ready</c>, <c>degraded</c> or <c>not_ready</c>; null when nothing answers.</summary>
    public async Task<string?> StatusAsync() =>
        await ReadinessAsync() is { } document ? JsonDocument.Parse(document).RootElement.GetProperty("status").GetString() : null;

    /// <summary>Waits until readiness says this; whoever waits in vain is told which check says otherwise.</summary>
    public async Task WaitForAsync(string status)
    {
        var limit = TestTimeouts.Token();
        while (await StatusAsync() != status)
        {
            Assert.False(limit.IsCancellationRequested, $"Never {status}: {await ReadinessAsync()}\n{_process?.Output}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private async Task<string?> ReadinessAsync()
    {
        try
        {
            using var answer = await Client.GetAsync("/health/ready");
            return await answer.Content.ReadAsStringAsync();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Kills the process (SIGKILL), or stops the service in the test process in order. A second call does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            // Not the client: whoever asks a killed process is to be refused by its port.
            await _owner.DisposeAsync();
        }
    }
}

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
    public async Task<string?> StatusAsync()
    {
        try
        {
            using var answer = await Client.GetAsync("/health/ready");
            return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("status").GetString();
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
            Client.Dispose();
            await _owner.DisposeAsync();
        }
    }
}

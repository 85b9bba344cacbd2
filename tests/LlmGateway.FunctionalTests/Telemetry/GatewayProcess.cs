using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using LlmGateway.Simulator;
using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Telemetry;

/// <summary><c>LlmGateway.Api</c> as a process of its own in front of a Simulator, without databases.</summary>
internal sealed partial class GatewayProcess : IAsyncDisposable
{
    private const string Key = "sk-test-0123456789abcdef";

    private readonly ServiceProcess _process;

    private GatewayProcess(ServiceProcess process, SimulatorServer simulator, HttpClient client)
    {
        _process = process;
        Simulator = simulator;
        Client = client;
    }

    public SimulatorServer Simulator { get; }

    /// <summary>Sends the key with every request.</summary>
    public HttpClient Client { get; }

    public string Output => _process.Output;

    public static async Task<GatewayProcess> StartAsync(IReadOnlyDictionary<string, string> environment)
    {
        var simulator = await SimulatorServer.StartAsync();
        var process = new ServiceProcess("LlmGateway.Api", ["--urls", "http://127.0.0.1:0"], new Dictionary<string, string>(environment)
        {
            ["LLM_GATEWAY__Infrastructure__AllowInMemory"] = "true",
            ["LLM_GATEWAY__Authentication__Keys__test__Key"] = Key,
            ["LLM_GATEWAY__Providers__sim__Type"] = "openai",
            ["LLM_GATEWAY__Providers__sim__BaseUrl"] = new Uri(simulator.BaseAddress, "v1").ToString(),
            ["LLM_GATEWAY__Providers__local__Type"] = "ollama",
            ["LLM_GATEWAY__Providers__local__BaseUrl"] = simulator.BaseAddress.ToString(),
        });
        var output = await process.WaitForOutputAsync(text => Listening().IsMatch(text));
        // HttpClient's own tracing would add a span of this process between the test and the gateway.
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null })
        {
            BaseAddress = new Uri(Listening().Match(output).Groups[1].Value),
            Timeout = TestTimeouts.Default,
        };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        // A fault that a test sets must not meet the gateway's first question for models.
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var ready = await client.GetAsync("/health/ready");
                return ready.IsSuccessStatusCode;
            },
            "the gateway is ready");
        return new GatewayProcess(process, simulator, client);
    }

    public Task<int> StopAsync() => _process.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _process.DisposeAsync();
        await Simulator.DisposeAsync();
    }

    [GeneratedRegex(@"Now listening on: (http://127\.0\.0\.1:\d+)")]
    private static partial Regex Listening();
}

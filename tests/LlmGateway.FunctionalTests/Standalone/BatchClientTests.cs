using System.Text.RegularExpressions;
using LlmGateway.Simulator;
using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Standalone;

/// <summary>Files and batches with OpenAI's own client, through the process as it is started.</summary>
public sealed partial class BatchClientTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("llmgateway-batches-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task AFileOfRequests_ComesBackAsAFileOfAnswers()
    {
        await using var upstream = await SimulatorServer.StartAsync(new SimulatorOptions());
        await using var gateway = new ServiceProcess("LlmGateway.Standalone", ["--urls", "http://127.0.0.1:0"], new Dictionary<string, string>
        {
            ["Standalone__DataDirectory"] = _data,
            // Nothing listens there, so that an Ollama on the machine does not take part.
            ["OLLAMA_BASE_URL"] = "http://127.0.0.1:9",
            ["OPENAI_API_KEY"] = "key-of-a-test",
            ["OPENAI_BASE_URL"] = new Uri(upstream.BaseAddress, "v1").ToString(),
            ["Batches__CollectTimeout"] = "00:00:00.2",
            // While one provider is away, a model that nobody knows might be one of its own and is waited for.
            ["Batches__MaxLineBackoff"] = "00:00:00.5",
        });
        var output = await gateway.WaitForOutputAsync(text => text.Contains("Stop with Ctrl+C.", StringComparison.Ordinal));
        var address = ReadyLine().Match(output).Groups[1].Value + "/v1";
        var key = (await File.ReadAllTextAsync(Path.Combine(_data, "api-key"))).Trim();
        Assert.Contains("passed", await NodeRunner.RunAsync("batch-client.mjs", [address, key, "sim-small"], TimeSpan.FromMinutes(2)), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"LlmGateway is ready: (http://\S+)/v1")]
    private static partial Regex ReadyLine();
}

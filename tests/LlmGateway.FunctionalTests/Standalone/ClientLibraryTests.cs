using System.Text.RegularExpressions;
using LlmGateway.Simulator;
using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Standalone;

/// <summary>Client libraries that applications use, through the process as it is started, before a Simulator on each provider's wire.</summary>
public sealed partial class ClientLibraryTests : IDisposable
{
    private const string UpstreamKey = "key-of-a-test";

    private readonly string _data = Directory.CreateTempSubdirectory("llmgateway-clients-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Theory]
    [InlineData("openai")]
    [InlineData("ollama")]
    [InlineData("anthropic")]
    [InlineData("bedrock")]
    public async Task ToolsTextsAndErrors_WorkWithTheLibrariesOfOpenAIAndVercel(string dialect)
    {
        await using var upstream = await SimulatorServer.StartAsync(new SimulatorOptions { ApiKeys = [UpstreamKey], AwsAccessKeys = { ["AKIDEXAMPLE"] = UpstreamKey } });
        await using var gateway = new ServiceProcess("LlmGateway.Standalone", ["--urls", "http://127.0.0.1:0"], Environment(dialect, upstream.BaseAddress));
        var output = await gateway.WaitForOutputAsync(text => text.Contains("Stop with Ctrl+C.", StringComparison.Ordinal));
        Assert.Contains(dialect + " (real, ", output, StringComparison.Ordinal);
        var address = ReadyLine().Match(output).Groups[1].Value + "/v1";
        var key = (await File.ReadAllTextAsync(Path.Combine(_data, "api-key"))).Trim();

        Assert.Contains("passed", await NodeRunner.RunAsync("vercel-client.mjs", [address, key, "sim-small", dialect]), StringComparison.Ordinal);
        Assert.Contains("passed", await NodeRunner.RunAsync("gateway-client.mjs", [address, key, dialect, "sim-small"]), StringComparison.Ordinal);
    }

    private Dictionary<string, string> Environment(string dialect, Uri upstream)
    {
        var environment = new Dictionary<string, string>
        {
            ["Standalone__DataDirectory"] = _data,
            // Nothing listens there, so that an Ollama on the machine does not take part.
            ["OLLAMA_BASE_URL"] = dialect == "ollama" ? upstream.ToString() : "http://127.0.0.1:9",
        };
        if (dialect == "ollama")
        {
            return environment;
        }

        if (dialect == "bedrock")
        {
            environment["AWS_REGION"] = "eu-central-1";
            environment["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE";
            environment["AWS_SECRET_ACCESS_KEY"] = UpstreamKey;
            environment["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = upstream.ToString();
            return environment;
        }

        var name = dialect.ToUpperInvariant();
        environment[name + "_API_KEY"] = UpstreamKey;
        environment[name + "_BASE_URL"] = dialect == "openai" ? new Uri(upstream, "v1").ToString() : upstream.ToString();
        return environment;
    }

    [GeneratedRegex(@"LlmGateway is ready: (http://\S+)/v1")]
    private static partial Regex ReadyLine();
}

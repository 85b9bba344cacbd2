using LlmGateway.TestSupport;

namespace LlmGateway.Simulator.Tests.Ollama;

public sealed class NpmClientTests : SimulatorTest
{
    [Fact]
    public async Task OllamasNodeClient_WorksAgainstTheSimulator()
    {
        var passed = await NodeRunner.RunAsync("ollama-client.mjs", [Server.BaseAddress.ToString().TrimEnd('/')]);
        Assert.Contains("a stream in single bytes is whole", passed, StringComparison.Ordinal);
    }
}

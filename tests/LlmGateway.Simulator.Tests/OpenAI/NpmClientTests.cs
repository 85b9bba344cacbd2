using LlmGateway.TestSupport;

namespace LlmGateway.Simulator.Tests.OpenAI;

public sealed class NpmClientTests : SimulatorTest
{
    protected override SimulatorOptions Options => new() { ApiKeys = { "sk-test" } };

    [Fact]
    public async Task OpenAIsNodeClient_WorksAgainstTheSimulator()
    {
        var passed = await NodeRunner.RunAsync("openai-client.mjs", [new Uri(Server.BaseAddress, "v1").ToString(), "sk-test"]);
        Assert.Contains("structured output", passed, StringComparison.Ordinal);
    }
}

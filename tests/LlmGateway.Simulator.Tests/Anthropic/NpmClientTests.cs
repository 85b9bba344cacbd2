using LlmGateway.TestSupport;

namespace LlmGateway.Simulator.Tests.Anthropic;

public sealed class NpmClientTests : SimulatorTest
{
    protected override SimulatorOptions Options => new() { ApiKeys = { "sk-ant-test" } };

    [Fact]
    public async Task AnthropicsNodeClient_WorksAgainstTheSimulator()
    {
        var passed = await NodeRunner.RunAsync("anthropic-client.mjs", [Server.BaseAddress.ToString().TrimEnd('/'), "sk-ant-test"]);
        Assert.Contains("a stream in single bytes is whole", passed, StringComparison.Ordinal);
    }
}

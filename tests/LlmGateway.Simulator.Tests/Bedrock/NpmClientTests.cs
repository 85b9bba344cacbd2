using LlmGateway.Simulator.Models;
using LlmGateway.TestSupport;

namespace LlmGateway.Simulator.Tests.Bedrock;

public sealed class NpmClientTests : SimulatorTest
{
    private const string KeyId = "AKIDEXAMPLE";
    private const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    protected override SimulatorOptions Options => new()
    {
        ApiKeys = { "bedrock-api-key" },
        AwsAccessKeys = { [KeyId] = Secret },
        IncludeDefaultModels = true,
        Models = { new() { Name = "amazon.titan-embed-text-v2:0", Capabilities = ModelCapabilities.Embedding, EmbeddingDimensions = 1024 } },
    };

    [Fact]
    public async Task AwsNodeClient_WorksAgainstTheSimulator()
    {
        var passed = await NodeRunner.RunAsync("bedrock-client.mjs", [Server.BaseAddress.ToString().TrimEnd('/'), "bedrock-api-key", KeyId, Secret], TimeSpan.FromMinutes(3));
        Assert.Contains("a stream in single bytes is whole", passed, StringComparison.Ordinal);
    }
}

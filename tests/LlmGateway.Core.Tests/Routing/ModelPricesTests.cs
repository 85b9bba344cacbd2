using LlmGateway.Core.Protocol;
using LlmGateway.Core.Routing;

namespace LlmGateway.Core.Tests.Routing;

public class ModelPricesTests
{
    [Fact]
    public void Cost_IsExact_AndTellsPartsApart()
    {
        var usage = new TokenUsage(1_000_001, 300) { CachedTokens = 400_000, ReasoningTokens = 100 };
        Assert.Equal((600_001 * 2.5m + 400_000 * 1.25m + 300 * 10m) / 1_000_000m, new ModelPrices(2.5m, 10m) { CachedInput = 1.25m }.Cost(usage));
        Assert.Equal(0m, ModelPrices.Free.Cost(usage));
    }

    /// <summary>Providers have told more cached tokens than there were.</summary>
    [Fact]
    public void PartsLargerThanTheWhole_MakeNoNegativePrice() =>
        Assert.Equal(10m / 1_000_000m, new ModelPrices(5m, 5m) { CachedInput = 1m, Reasoning = 0m }.Cost(new TokenUsage(10, 10) { CachedTokens = 50, ReasoningTokens = 50 }));
}

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

    /// <summary>As Anthropic asks for them, unless the settings say otherwise.</summary>
    [Theory]
    [InlineData(0, null, null, 0.00393)]
    [InlineData(1000, null, null, 0.00618)]
    [InlineData(400, null, null, 0.00483)]
    [InlineData(400, 3.0, 4.0, 0.00358)]
    public void CacheWrites_HaveAPriceOfTheirOwn(long forAnHour, double? write, double? longWrite, double cost)
    {
        var prices = new ModelPrices(3m, 15m) { CachedInput = 0.3m, CacheWrite = (decimal?)write, LongCacheWrite = (decimal?)longWrite };
        Assert.Equal((decimal)cost, prices.Cost(new TokenUsage(1010, 10) { CacheWriteTokens = 1000, LongCacheWriteTokens = forAnHour }));
    }

    /// <summary>Providers have told more cached tokens than there were.</summary>
    [Fact]
    public void PartsLargerThanTheWhole_MakeNoNegativePrice() =>
        Assert.Equal(10m / 1_000_000m, new ModelPrices(5m, 5m) { CachedInput = 1m, Reasoning = 0m }.Cost(new TokenUsage(10, 10) { CachedTokens = 50, ReasoningTokens = 50 }));
}

using LlmGateway.Api.Authentication;
using LlmGateway.Core.Pipeline;

namespace LlmGateway.Api.Tests.Authentication;

public sealed class KeyCacheTests
{
    /// <summary>A flood of invented keys fills the memory from many threads at once; none of them may stumble over another.</summary>
    [Fact]
    public async Task ManyThreads_MakeRoomSideBySide()
    {
        const int capacity = 500;
        var cache = new KeyCache(capacity);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 3_000; i++)
            {
                cache.Put(ApiKeyDigest.Of($"sk-invented-{thread}-{i}")!.Value, new CachedKey(new Caller("k"), i, i + 1_000_000, i), now: 0);
            }
        })));
        Assert.InRange(cache.Count, 1, capacity + 8);
    }
}

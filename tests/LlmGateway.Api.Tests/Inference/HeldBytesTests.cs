using LlmGateway.Api.Inference;
using LlmGateway.Core.Pipeline;
using Microsoft.AspNetCore.Http;

namespace LlmGateway.Api.Tests.Inference;

public sealed class HeldBytesTests
{
    [Fact]
    public void OneCallerAlone_CannotUseUpWhatIsThereForAll()
    {
        var held = new HeldBytes(100);
        var (alice, bob) = (Of("alice"), Of("bob"));
        Assert.True(held.TryTake(alice, 50));
        Assert.False(held.TryTake(alice, 1));
        Assert.True(held.TryTake(bob, 50));
        Assert.False(held.TryTake(Of("carol"), 1));
        Assert.Equal(100, held.All);

        held.GiveBack(alice, 50);
        Assert.True(held.TryTake(Of("carol"), 40));
        held.GiveBack(bob, 50);
        held.GiveBack(Of("carol"), 40);
        Assert.Equal(0, held.All);
    }

    private static DefaultHttpContext Of(string key)
    {
        var context = new DefaultHttpContext();
        context.Features.Set(new Caller(key));
        return context;
    }
}

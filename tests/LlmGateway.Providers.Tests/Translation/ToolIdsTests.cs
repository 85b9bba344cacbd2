using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Tests.Translation;

public class ToolIdsTests
{
    [Theory]
    [InlineData("toolu_01A-b_9")]
    [InlineData("call_1")]
    [InlineData("a")]
    public void AGoodId_StaysAsItIs(string id)
    {
        var ids = new ToolIds(64);
        Assert.Equal((id, id), (ids.OfCall(id), ids.OfResult(id)));
    }

    /// <summary>Whatever other providers call their calls, different ones stay different and each result finds its call.</summary>
    [Fact]
    public void RandomIds_AreGoodAndToldApart()
    {
        const string Signs = "aZ0_-.:/ #ü😀\"\\\n";
        var random = new Random(3);
        for (var i = 0; i < 2_000; i++)
        {
            var ids = new ToolIds(64);
            ids.BeginTurn();
            string[] told = [.. Enumerable.Range(0, 5).Select(_ => string.Concat(Enumerable.Range(0, random.Next(0, random.Next(4) == 0 ? 120 : 4)).Select(_ => Signs[random.Next(Signs.Length)])))];
            string[] calls = [.. told.Select(ids.OfCall)];
            string[] results = [.. told.Select(ids.OfResult)];
            Assert.All(calls, id => Assert.Matches("^[a-zA-Z0-9_-]{1,64}$", id));
            Assert.Equal(calls.Length, calls.Distinct(StringComparer.Ordinal).Count());
            Assert.Equal(calls, results);
        }
    }

    [Fact]
    public void TheSameIdInALaterTurn_IsAnotherCall()
    {
        var ids = new ToolIds(64);
        ids.BeginTurn();
        var first = ids.OfCall("functions.Bash:0");
        ids.BeginTurn();
        var second = ids.OfCall("functions.Bash:0");
        Assert.NotEqual(first, second);
        Assert.Equal(second, ids.OfResult("functions.Bash:0"));
    }
}

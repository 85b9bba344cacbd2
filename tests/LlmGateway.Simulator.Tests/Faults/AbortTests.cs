using LlmGateway.Simulator.Wire;
using LlmGateway.TestSupport;

namespace LlmGateway.Simulator.Tests.Faults;

public sealed class AbortTests : SimulatorTest
{
    private async Task AbortAsync(string body, Func<bool> begun)
    {
        using var leave = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = Json(body) };
        var answer = Http.SendAsync(request, HttpCompletionOption.ResponseContentRead, leave.Token);
        await Eventually.IsTrueAsync(begun, "the request's begin");
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }

    [Theory]
    [InlineData(",\"stream\":true")]
    [InlineData("")]
    public async Task ClientThatLeaves_StopsTheGenerationAtOnce(string more)
    {
        Server.Models.Put(new() { Name = "slow", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 5 });
        await AbortAsync(Chat("!words 500", more, "slow"), () => Server.Stats.Total.Active == 1 && (more.Length == 0 || Server.Stats.Total.Tokens > 0));
        await Eventually.IsTrueAsync(() => Server.Stats.Total.Aborted == 1, "the abort");
        Assert.Equal((0, 0), (Server.Stats.Total.Active, Server.Stats.Models["slow"].Active));
        Assert.Equal(RequestOutcome.ClientAborted, Server.Requests[^1].Outcome);
        Assert.True(Server.Stats.Models["slow"].Tokens < 100);
    }

    [Fact]
    public async Task Queue_HoldsRequestsOverTheLimit_AndLetsLeaversGo()
    {
        Server.Models.Put(new() { Name = "one", MaxConcurrency = 1, FirstTokenDelay = TimeSpan.FromSeconds(60) });
        using var leave = new CancellationTokenSource();
        using var first = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = Json(Chat("x", model: "one")) };
        var running = Http.SendAsync(first, leave.Token);
        await Eventually.IsTrueAsync(() => Server.Stats.Total.Active == 1, "the first request");
        await AbortAsync(Chat("x", model: "one"), () => Server.Stats.Total.Active == 2);
        await Eventually.IsTrueAsync(() => Server.Stats.Total is { Aborted: 1, Active: 1 }, "the second request's end");
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Eventually.IsTrueAsync(() => Server.Stats.Total is { Aborted: 2, Active: 0 }, "the first request's end");
        Server.Models.Put(new() { Name = "one", MaxConcurrency = 1 });
        Assert.Equal(200, (await PostAsync("v1/chat/completions", Chat("x", model: "one"))).Status);
    }

    [Fact]
    public async Task TwoThousandSlowStreams_AreServedAtOnce()
    {
        Server.Models.Put(new() { Name = "many", FirstTokenDelay = TimeSpan.FromMilliseconds(200), TokensPerSecond = 5 });
        var peak = 0L;
        var answers = Enumerable.Range(0, 2000).Select(async _ => (await PostAsync("v1/chat/completions", Chat("!echo a b c d e f g h", ",\"stream\":true", "many"))).Body).ToList();
        var all = Task.WhenAll(answers);
        while (!all.IsCompleted)
        {
            peak = Math.Max(peak, Server.Stats.Total.Active);
            await Task.WhenAny(all, Task.Delay(20));
        }

        Assert.All(await all, body => Assert.EndsWith("data: [DONE]\n\n", body, StringComparison.Ordinal));
        Assert.True(peak > 1000, $"At most {peak} at once");
        Assert.Equal(2000 * 8, Server.Stats.Models["many"].Tokens);
    }
}

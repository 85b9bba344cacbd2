using LlmGateway.Core.Errors;

namespace LlmGateway.Providers.Tests.Http;

/// <summary>Several keys of one provider, some of them limited.</summary>
public sealed class RateLimitedKeyTests : CredentialFixture
{
    [Fact]
    public async Task RateLimitedKey_RestsAsLongAsTheProviderSays()
    {
        var provider = Make("k1", "k2");
        Server.Then("", 429, headers: "Retry-After: 7\r\n").Then(Answer);
        await OkAsync(provider);
        await RestsForAsync(provider, TimeSpan.FromSeconds(7));
        Assert.Empty(Logs.Lines);
    }

    [Fact]
    public async Task RateLimitedKey_RestsNoLongerThanTheBound()
    {
        Options.Credentials.LongestRest = TimeSpan.FromMinutes(1);
        var provider = Make("k1", "k2");
        Server.Then("", 429, headers: "Retry-After: 86400\r\n").Then(Answer);
        await OkAsync(provider);
        await RestsForAsync(provider, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task EveryKeyRateLimited_TellsTheSmallestWait()
    {
        var provider = Make("k1", "k2", "k3");
        Server.Then("""{"error":{"message":"slow down"}}""", 429, headers: "Retry-After: 30\r\n").Then("", 401).Then("", 429, headers: "Retry-After: 9\r\n");

        var error = await ErrorAsync(provider);

        Assert.Equal((GatewayErrorCode.UpstreamRateLimited, TimeSpan.FromSeconds(9)), (error.Code, error.RetryAfter));
        // One more question, to the key that comes back first: the limit may have been another model's.
        Time.Advance(TimeSpan.FromSeconds(2));
        Server.Then("", 429, headers: "Retry-After: 40\r\n");
        Assert.Equal(TimeSpan.FromSeconds(28), (await ErrorAsync(provider)).RetryAfter);
        Assert.Equal(["k1", "k2", "k3", "k3"], Keys());
    }

    [Fact]
    public async Task RateLimitWithoutATime_RestsAboutAsConfigured()
    {
        Options.Credentials.RestAfterRateLimit = TimeSpan.FromSeconds(8);
        var provider = Make("k1", "k2");
        Server.Then("", 429).Then("", 429);

        Assert.InRange((await ErrorAsync(provider)).RetryAfter!.Value, TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task AccountWithoutCredit_IsNoRateLimit()
    {
        var provider = Make("k1", "k2");
        Server.Then("""{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}""", 429).Then(Answer);
        await OkAsync(provider);
        await RestsForAsync(provider, TimeSpan.FromMinutes(1));
    }
}

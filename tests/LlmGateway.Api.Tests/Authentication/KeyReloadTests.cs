using System.Net;

namespace LlmGateway.Api.Tests.Authentication;

/// <summary>Keys of the configuration change while the gateway runs.</summary>
public class KeyReloadTests
{
    private const string Second = "sk-second-0123456789";

    [Fact]
    public async Task AKeyThatIsAddedOrRemoved_CountsAtOnce()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:9/v1", ("Authentication:Keys:other:Key", "sk-other-0123456789"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(gateway, Second));
        gateway.Change(("Authentication:Keys:second:Key", Second));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, Second));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, TestGateway.Key));
        gateway.Change(("Authentication:Keys:test:Key", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(gateway, TestGateway.Key));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, Second));
    }

    /// <summary>A change is taken over whole or not at all, and health says when it was not.</summary>
    [Fact]
    public async Task AMistakeInAReload_IsLogged_AndNothingOfItCounts()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:9/v1", ("Authentication:Keys:other:Key", "sk-other-0123456789"));
        gateway.Change(("Authentication:Keys:test:Key", null), ("Authentication:Keys:typo:Sha256", "not-hex"), ("Authentication:Keys:second:Key", Second));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, TestGateway.Key));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(gateway, Second));
        Assert.Contains(gateway.Errors, e => e.Contains("Authentication:Keys:typo", StringComparison.Ordinal));
        Assert.Contains("settings\":{\"status\":\"degraded", await gateway.Client.GetStringAsync("/health/ready"), StringComparison.Ordinal);

        gateway.Change(("Authentication:Keys:typo:Sha256", null));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, Second));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(gateway, TestGateway.Key));
        Assert.Contains("settings\":{\"status\":\"healthy", await gateway.Client.GetStringAsync("/health/ready"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RemovingTheLastKey_ShutsEverybodyOut()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:9/v1");
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, TestGateway.Key));
        gateway.Change(("Authentication:Keys:test:Key", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(gateway, TestGateway.Key));
    }

    private static async Task<HttpStatusCode> AskAsync(TestGateway gateway, string key)
    {
        using var client = gateway.NewClient(key);
        using var response = await client.GetAsync("/v1/models");
        return response.StatusCode;
    }
}

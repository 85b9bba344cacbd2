using LlmGateway.Api.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.Api.Tests.Hosting;

/// <summary>What the gateway says about servers that are not configured, or not readably so.</summary>
public class InfrastructureTests
{
    [Fact]
    public async Task WithoutServers_ProductionDoesNotStart_AndNamesEachThatIsMissing()
    {
        var error = await TestGateway.FailToStartAsync(("Infrastructure:AllowInMemory", "false"), ("Authentication:Keys:test:Key", TestGateway.Key));
        foreach (var name in new[] { "redis", "gatewaydb", "rabbitmq" })
        {
            Assert.Contains($"Connection string '{name}' is missing: set ConnectionStrings__{name}", error.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task AnUnreadableConnectionString_IsOneOfTheMistakesTold_WithoutItsPassword()
    {
        var error = await TestGateway.FailToStartAsync(
            ("ConnectionStrings:gatewaydb", "Host=h;Password=very-secret;Prot=5432"), ("Server:MaxJsonDepth", "0"), ("Authentication:Keys:test:Key", TestGateway.Key));
        Assert.Contains("Connection string 'gatewaydb' cannot be read", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("MaxJsonDepth", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("  ", 1)]
    [InlineData("Host=h;Prot=5432", 1)]
    public async Task ADatabaseCommand_WithoutAReadableConnectionString_Fails(string? connectionString, int code)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:gatewaydb", connectionString)]);
        Assert.Equal(code, await builder.RunDatabaseCommandAsync(["db", "status"]));
    }
}

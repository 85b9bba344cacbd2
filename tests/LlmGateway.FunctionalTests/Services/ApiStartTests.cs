using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Services;

/// <summary>What an operator reads when the Api cannot start, or a command cannot run.</summary>
public sealed class ApiStartTests
{
    /// <summary>Nothing listens on port 1.</summary>
    private const string DeadDatabase = "Host=127.0.0.1;Port=1;Database=gatewaydb;Username=u;Password=very-secret";

    [Fact]
    public async Task WithoutServers_TheApiNamesWhatIsMissing()
    {
        await using var api = new ServiceProcess("LlmGateway.Api", ["--urls", "http://127.0.0.1:0"], new Dictionary<string, string>());
        Assert.Equal(1, await api.WaitForExitAsync());
        Assert.Contains("ConnectionStrings__redis", api.Output, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings__gatewaydb", api.Output, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings__rabbitmq", api.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", api.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADatabaseThatNeverComes_IsNamedWithHowLongItWasWaitedFor()
    {
        await using var api = new ServiceProcess("LlmGateway.Api", ["--urls", "http://127.0.0.1:0"], new Dictionary<string, string>
        {
            ["ConnectionStrings__gatewaydb"] = DeadDatabase,
            ["LLM_GATEWAY__Infrastructure__AllowInMemory"] = "true",
            ["LLM_GATEWAY__Database__StartTimeout"] = "00:00:01",
        });
        Assert.Equal(1, await api.WaitForExitAsync());
        Assert.Contains("could not be brought up to date within 1 s", api.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret", api.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", api.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "Connection string 'gatewaydb' is missing")]
    [InlineData("Host=h;Prot=1;Password=very-secret", "Connection string 'gatewaydb' cannot be read")]
    [InlineData(DeadDatabase, "db migrate failed")]
    public async Task ADatabaseCommand_SaysWhyItCannotRun(string? connectionString, string said)
    {
        var environment = new Dictionary<string, string> { ["LLM_GATEWAY__Database__StartTimeout"] = "00:00:01" };
        if (connectionString is not null)
        {
            environment["ConnectionStrings__gatewaydb"] = connectionString;
        }

        await using var command = new ServiceProcess("LlmGateway.Api", ["db", "migrate"], environment);
        Assert.Equal(1, await command.WaitForExitAsync());
        Assert.Contains(said, command.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret", command.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", command.Output, StringComparison.Ordinal);
    }
}

using System.Text.Json;
using System.Text.RegularExpressions;
using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Services;

/// <summary>The services beside the Api as processes, the way an operator starts them.</summary>
public partial class ServiceStartTests
{
    [Theory]
    [InlineData("LlmGateway.Worker", new[] { "redis", "gatewaydb", "rabbitmq" })]
    [InlineData("LlmGateway.ModelManager", new[] { "redis", "rabbitmq" })]
    [InlineData("LlmGateway.SystemMonitor", new[] { "redis" })]
    public async Task InProduction_WithoutServers_TheServiceDoesNotStart_AndNamesEachThatIsMissing(string project, string[] missing)
    {
        await using var service = new ServiceProcess(project, ["--urls", "http://127.0.0.1:0"], new Dictionary<string, string>());
        Assert.Equal(1, await service.WaitForExitAsync());
        Assert.Contains("could not start:", service.Output, StringComparison.Ordinal);
        Assert.Equal(missing.Order(), MissingConnection().Matches(service.Output).Select(m => m.Groups[1].Value).Order());
    }

    [Fact]
    public async Task WithOneServerMissing_OnlyThatIsNamed_BesideOtherMistakes()
    {
        await using var service = new ServiceProcess("LlmGateway.ModelManager", ["--urls", "http://127.0.0.1:0"], new Dictionary<string, string>
        {
            ["ConnectionStrings__redis"] = "127.0.0.1:9",
            ["LLM_GATEWAY__Nodes__gpu__BaseUrl"] = "nowhere",
        });
        Assert.Equal(1, await service.WaitForExitAsync());
        Assert.Equal(["rabbitmq"], MissingConnection().Matches(service.Output).Select(m => m.Groups[1].Value));
        Assert.Contains("Nodes:gpu:BaseUrl is 'nowhere'", service.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LlmGateway.Worker", "providers")]
    [InlineData("LlmGateway.ModelManager", "nodes")]
    [InlineData("LlmGateway.SystemMonitor", "readings")]
    public async Task InDevelopment_WithoutServers_TheServiceRuns_AndStopsWhenAsked(string project, string check)
    {
        await using var service = new ServiceProcess(project, ["--urls", "http://127.0.0.1:0"], new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["WORKER_ID"] = "w-1",
        });
        var output = await service.WaitForOutputAsync(text => Address().IsMatch(text));
        using var client = new HttpClient { BaseAddress = new Uri(Address().Match(output).Groups[1].Value), Timeout = TestTimeouts.Default };
        var basic = JsonDocument.Parse(await client.GetStringAsync("/health")).RootElement;
        Assert.Equal(["status", "timestamp", "uptime", "workerId", "version"], basic.EnumerateObject().Select(p => p.Name));
        Assert.Equal("w-1", basic.GetProperty("workerId").GetString());
        await Eventually.IsTrueAsync(
            async () =>
            {
                using var answer = await client.GetAsync("/health/ready");
                return answer.IsSuccessStatusCode;
            },
            "the service is ready");
        var ready = JsonDocument.Parse(await client.GetStringAsync("/health/ready")).RootElement;
        Assert.Equal(["status", "timestamp", "uptime", "workerId", "services", "checks"], ready.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("ready", "healthy"), (ready.GetProperty("status").GetString(), ready.GetProperty("services").GetProperty(check).GetString()));
        Assert.Equal(0, await service.StopAsync());
    }

    [GeneratedRegex("Connection string '(\\w+)' is missing")]
    private static partial Regex MissingConnection();

    [GeneratedRegex(@"Now listening on: (http://127\.0\.0\.1:\d+)")]
    private static partial Regex Address();
}

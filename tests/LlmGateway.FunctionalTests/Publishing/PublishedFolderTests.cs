using LlmGateway.FunctionalTests.Standalone;
using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Publishing;

/// <summary>What `dotnet publish` writes into a folder, and that it runs there, away from the sources.</summary>
public sealed class PublishedFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Standalone_AnswersAChat_WithItsOwnSettings()
    {
        var program = await PublishAsync("LlmGateway.Standalone");
        // Simulator's settings lie in a file of the same name.
        Assert.Equal(Repository.Read("LlmGateway.Standalone/appsettings.json"), (await File.ReadAllTextAsync(Path.Combine(_folder.Path, "appsettings.json"))).ReplaceLineEndings("\n"));
        await using var gateway = await StandaloneGateway.StartPublishedAsync(program);
        using var response = await gateway.PostAsync(
            "/v1/chat/completions", """{"model":"sim-small","messages":[{"role":"user","content":"!echo It works."}]}""");
        var answer = await StandaloneGateway.ReadAsync(response, 200);
        Assert.Equal("It works.", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("LlmGateway.Api")]
    [InlineData("LlmGateway.Worker")]
    [InlineData("LlmGateway.ModelManager")]
    [InlineData("LlmGateway.SystemMonitor")]
    public async Task AService_StartsFromItsFolder_AndNamesTheServersThatItLacks(string project)
    {
        await using var service = new ServiceProcess(await PublishAsync(project), ["--urls", "http://127.0.0.1:0"], new Dictionary<string, string>());
        Assert.Equal(1, await service.WaitForExitAsync());
        Assert.Contains("Connection string 'redis' is missing", service.Output, StringComparison.Ordinal);
    }

    private async Task<string> PublishAsync(string project)
    {
        await DotnetSdk.RunAsync("publish", project, "--no-build", "--configuration", DotnetSdk.Configuration, "--output", _folder.Path, "-v", "quiet");
        return Path.Combine(_folder.Path, project + ".dll");
    }
}

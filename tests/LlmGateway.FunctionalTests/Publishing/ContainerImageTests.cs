using System.Text.Json;
using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Publishing;

/// <summary>
/// Container images as the SDK builds them. The real base image is at a registry that not every network reaches: continuous integration
/// builds on that one and starts what came of it.
/// </summary>
public sealed class ContainerImageTests
{
    [Theory]
    [InlineData("LlmGateway.Api")]
    [InlineData("LlmGateway.Standalone")]
    public async Task AnArchive_HoldsTheProgram_AndRunsItAsItsBaseImagesUser(string project)
    {
        using var folder = new TemporaryFolder();
        await using var registry = await BaseImageRegistry.StartAsync();
        var archive = Path.Combine(folder.Path, "image.tar");
        await DotnetSdk.RunAsync(
            "publish", project, "--no-build", "--configuration", DotnetSdk.Configuration, "--output", Path.Combine(folder.Path, "published"), "-v", "quiet",
            "-t:PublishContainer", $"-p:ContainerBaseImage={registry.Image}", $"-p:ContainerArchiveOutputPath={archive}");
        var image = await ImageArchive.ReadAsync(archive);
        var config = image.Config.GetProperty("config");
        Assert.Equal("1654", config.GetProperty("User").GetString());
        Assert.Equal(["dotnet", $"/app/{project}.dll"], config.GetProperty("Entrypoint").EnumerateArray().Select(word => word.GetString()));
        Assert.True(config.GetProperty("ExposedPorts").TryGetProperty("8080/tcp", out _));
        Assert.Contains($"app/{project}.dll", image.Files);
        Assert.Equal(project == "LlmGateway.Standalone", image.Files.Contains("app/appsettings.json"));
    }

    [Theory]
    [InlineData("LlmGateway.Api")]
    [InlineData("LlmGateway.Worker")]
    [InlineData("LlmGateway.ModelManager")]
    [InlineData("LlmGateway.SystemMonitor")]
    [InlineData("LlmGateway.Standalone")]
    public async Task AnImage_HasNoShell_AndStartsTheProgram(string project)
    {
        var output = await DotnetSdk.RunAsync(
            "msbuild", project, "-target:ComputeContainerConfig", "-getProperty:ContainerBaseImage,ContainerUser", "-getItem:ContainerAppCommand");
        using var json = JsonDocument.Parse(output);
        var properties = json.RootElement.GetProperty("Properties");
        // Chiselled images come with user 1654 set; an own ContainerUser would undo that.
        Assert.Equal("mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled", properties.GetProperty("ContainerBaseImage").GetString());
        Assert.Equal("", properties.GetProperty("ContainerUser").GetString());
        Assert.Equal(
            ["dotnet", $"/app/{project}.dll"],
            json.RootElement.GetProperty("Items").GetProperty("ContainerAppCommand").EnumerateArray().Select(item => item.GetProperty("Identity").GetString()));
    }
}

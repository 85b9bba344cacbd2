using System.Text.Json;
using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Publishing;

/// <summary>
/// What the images would be made of, as the SDK works it out. The images themselves need their base image from a registry:
/// continuous integration builds them and starts one.
/// </summary>
public sealed class ContainerImageTests
{
    [Theory]
    [InlineData("LlmGateway.Api")]
    [InlineData("LlmGateway.Worker")]
    [InlineData("LlmGateway.ModelManager")]
    [InlineData("LlmGateway.SystemMonitor")]
    [InlineData("LlmGateway.Standalone")]
    public async Task AnImage_HasNoShell_AndStartsTheProgram(string project)
    {
        var output = await DotnetSdk.RunAsync(
            "msbuild", project, "-target:ComputeContainerConfig", "-getProperty:ContainerBaseImage,ContainerImageTag,ContainerUser", "-getItem:ContainerAppCommand");
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

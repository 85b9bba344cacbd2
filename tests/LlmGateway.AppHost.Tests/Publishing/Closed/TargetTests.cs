using LlmGateway.AppHost.Tests.Support;

namespace LlmGateway.AppHost.Tests.Publishing.Closed;

public sealed class TargetTests
{
    [Theory]
    [InlineData("kubernetes")]
    [InlineData("Compose")]
    public async Task ADeploymentTarget_IsRefused_WithTheWayToHaveIt(string setting)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var model = await AppModel.PublishingAsync($"--Deployment:Target={setting}");
        });
        Assert.Contains("-p:PackageSet=public", error.ToString(), StringComparison.Ordinal);
    }
}

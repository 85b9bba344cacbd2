using LlmGateway.AppHost.Tests.Support;

namespace LlmGateway.AppHost.Tests.ClosedNetwork;

public sealed class DeploymentTargetTests
{
    [Theory]
    [InlineData("kubernetes")]
    [InlineData("compose")]
    public async Task ATargetWhosePackagesAreMissing_IsRefused_WithTheWayToGetThem(string target)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var model = await AppModel.PublishingAsync($"--Deployment:Target={target}");
        });
        Assert.Contains("-p:PackageSet=public", error.ToString(), StringComparison.Ordinal);
    }
}

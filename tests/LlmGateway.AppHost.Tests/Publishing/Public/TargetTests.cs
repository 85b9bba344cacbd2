using LlmGateway.AppHost.Tests.Support;

namespace LlmGateway.AppHost.Tests.Publishing.Public;

public sealed class TargetTests
{
    [Theory]
    [InlineData("kubernetes", "kubernetes")]
    [InlineData("Compose", "compose")]
    public async Task TheDeploymentTarget_IsTheOneThatIsSet(string setting, string environment)
    {
        await using var model = await AppModel.PublishingAsync($"--Deployment:Target={setting}");
        Assert.Equal([environment], model.Resources.OfType<IComputeEnvironmentResource>().Select(resource => resource.Name));
    }
}

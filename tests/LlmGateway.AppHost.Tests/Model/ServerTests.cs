using LlmGateway.AppHost.Tests.Support;

namespace LlmGateway.AppHost.Tests.Model;

public sealed class ServerTests
{
    private static readonly string[] Connections =
    [
        "--ConnectionStrings:redis=redis.test:6379", "--ConnectionStrings:gatewaydb=Host=postgres.test", "--ConnectionStrings:rabbitmq=amqp://rabbitmq.test",
    ];

    [LocalServersFact]
    public async Task Local_TakesProcessesOfThisMachine_InPlaceOfContainers()
    {
        var directory = Directory.CreateTempSubdirectory("llmgateway-apphost-").FullName;
        try
        {
            await using var model = await AppModel.RunningAsync("--local", "--simulate", $"--Local:DataDirectory={directory}");
            Assert.Empty(model.Resources.OfType<ContainerResource>());
            Assert.All(new[] { "redis", "postgres", "rabbitmq" }, name =>
            {
                var server = Assert.IsType<ExecutableResource>(model[name], exactMatch: false);
                Assert.EndsWith("start-servers.sh", server.Command, StringComparison.Ordinal);
                Assert.NotEmpty(server.Annotations.OfType<HealthCheckAnnotation>());
            });
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData("--simulate")]
    [InlineData("--simulate", "--local")]
    public async Task ConfiguredServers_AreUsed_AndNoneIsStarted(params string[] switches)
    {
        await using var model = await AppModel.RunningAsync([.. switches, .. Connections]);
        Assert.Empty(model.Resources.OfType<ContainerResource>());
        Assert.DoesNotContain(model.Resources.OfType<ExecutableResource>(), resource => resource.Command.EndsWith("start-servers.sh", StringComparison.Ordinal));
        foreach (var name in new[] { "redis", "gatewaydb", "rabbitmq" })
        {
            var server = Assert.IsType<IResourceWithConnectionString>(model[name], exactMatch: false);
            Assert.Contains(".test", await server.GetConnectionStringAsync(), StringComparison.Ordinal);
            Assert.NotEmpty(server.Annotations.OfType<HealthCheckAnnotation>());
            Assert.Contains(model["api"].Annotations.OfType<WaitAnnotation>(), wait => wait.Resource.Name == name);
        }
    }

    [Fact]
    public async Task AConfiguredModelServer_IsUsed_InPlaceOfAContainer()
    {
        await using var model = await AppModel.RunningAsync([.. Connections, "--ConnectionStrings:ollama=Endpoint=http://ollama.test:11434"]);
        Assert.Empty(model.Resources.OfType<ContainerResource>());
        var ollama = Assert.IsType<IResourceWithConnectionString>(model["ollama"], exactMatch: false);
        Assert.Equal("Endpoint=http://ollama.test:11434", await ollama.GetConnectionStringAsync());
    }

    [Fact]
    public async Task ConnectionStringsOfThisMachine_AreNotPublished()
    {
        await using var model = await AppModel.PublishingAsync([.. Connections, "--simulate"]);
        Assert.Equal(["postgres", "rabbitmq", "redis"], model.Resources.OfType<ContainerResource>().Select(server => server.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Local_CannotBePublished()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var model = await AppModel.PublishingAsync("--local");
        });
        Assert.Contains("--local starts servers on this machine", error.ToString(), StringComparison.Ordinal);
    }
}

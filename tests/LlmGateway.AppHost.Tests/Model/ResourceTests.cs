using LlmGateway.AppHost.Tests.Support;

namespace LlmGateway.AppHost.Tests.Model;

public sealed class ResourceTests
{
    public static TheoryData<string, string[]> Connections => new()
    {
        { "api", ["redis", "gatewaydb", "rabbitmq", "ollama"] },
        { "worker", ["redis", "gatewaydb", "rabbitmq", "ollama"] },
        { "model-manager", ["redis", "rabbitmq", "ollama"] },
        { "system-monitor", ["redis"] },
    };

    [Fact]
    public async Task TheSystem_HasItsServersAndServices()
    {
        await using var model = await AppModel.RunningAsync();
        string[] expected =
        [
            "redis", "postgres", "gatewaydb", "rabbitmq", "ollama", "ollama-llama3-2-1b", "api", "worker", "model-manager", "system-monitor",
        ];
        Assert.Empty(expected.Except(model.Names));
        Assert.DoesNotContain("simulator", model.Names);
    }

    [Theory]
    [MemberData(nameof(Connections))]
    public async Task AService_GetsTheConnectionsThatItUses_AndNoOther(string service, string[] connections)
    {
        const string Prefix = "ConnectionStrings__";
        await using var model = await AppModel.PublishingAsync("--simulate");
        var found = (await model.EnvironmentAsync(service)).Where(variable => variable.Key.StartsWith(Prefix, StringComparison.Ordinal));
        Assert.Equal(
            connections.Order(StringComparer.Ordinal).Select(name => KeyValuePair.Create(Prefix + name, $"{{{name}.connectionString}}")),
            found.OrderBy(variable => variable.Key, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Connections))]
    public async Task AService_WaitsUntilWhatItUsesIsHealthy(string service, string[] connections)
    {
        await using var model = await AppModel.RunningAsync("--simulate");
        var waits = model[service].Annotations.OfType<WaitAnnotation>()
            .Where(wait => wait.WaitType == WaitType.WaitUntilHealthy).Select(wait => wait.Resource.Name);
        // The Simulator's connection string is ready at once; its server is what has to answer.
        Assert.Empty(connections.Select(name => name == "ollama" ? "simulator" : name).Except(waits));
    }

    [Theory]
    [MemberData(nameof(Connections))]
    public async Task AService_IsHealthyWhenItIsReady(string service, string[] connections)
    {
        Assert.NotEmpty(connections);
        await using var model = await AppModel.RunningAsync("--simulate");
        var check = Assert.Single(model[service].Annotations.OfType<HealthCheckAnnotation>());
        Assert.Contains("/health/ready", check.Key, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Servers_KeepTheirDataAndOutliveTheAppHost()
    {
        await using var model = await AppModel.RunningAsync();
        Assert.All(new[] { "redis", "postgres", "rabbitmq", "ollama" }, name =>
        {
            Assert.Contains(model[name].Annotations.OfType<ContainerMountAnnotation>(), mount => mount.Type == ContainerMountType.Volume);
            var lifetime = Assert.Single(model[name].Annotations.OfType<ContainerLifetimeAnnotation>());
            Assert.Equal(ContainerLifetime.Persistent, lifetime.Lifetime);
        });
    }

    [Fact]
    public async Task PublishedVolumes_HaveNamesThatStay_AndThatKubernetesTakes()
    {
        await using var model = await AppModel.PublishingAsync();
        var names = model.Resources.SelectMany(resource => resource.Annotations.OfType<ContainerMountAnnotation>()).Select(mount => mount.Source);
        Assert.Equal(["ollama-data", "postgres-data", "rabbitmq-data", "redis-data"], names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task TheApiAlone_IsReachableFromOutside()
    {
        await using var model = await AppModel.PublishingAsync("--simulate");
        var external = model.Resources.Where(resource => resource.Annotations.OfType<EndpointAnnotation>().Any(endpoint => endpoint.IsExternal));
        Assert.Equal(["api"], external.Select(resource => resource.Name));
    }
}

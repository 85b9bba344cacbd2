using LlmGateway.AppHost.Tests.Support;

namespace LlmGateway.AppHost.Tests.Model;

public sealed class SettingTests
{
    [Fact]
    public async Task Simulate_PutsTheSimulatorInOllamasPlace()
    {
        await using var model = await AppModel.RunningAsync("--simulate");
        Assert.Contains("simulator", model.Names);
        Assert.DoesNotContain(model.Names, name => name.StartsWith("ollama-", StringComparison.Ordinal));
        Assert.IsNotType<ContainerResource>(model["ollama"], exactMatch: false);
    }

    [Fact]
    public async Task Simulate_TakesNoOtherArgumentForItsValue()
    {
        await using var model = await AppModel.RunningAsync("--simulate", "--Worker:Replicas=3");
        Assert.Equal(3, model["worker"].GetReplicaCount());
    }

    [Fact]
    public async Task Models_ComeFromTheConfiguration()
    {
        await using var model = await AppModel.RunningAsync("--Ollama:Models:0=qwen3:8b", "--Ollama:Models:1=nomic-embed-text");
        Assert.Contains("ollama-qwen3-8b", model.Names);
        Assert.Contains("ollama-nomic-embed-text", model.Names);
    }

    [Theory]
    [InlineData(null, 2)]
    [InlineData("--Worker:Replicas=5", 5)]
    public async Task Workers_AreAsManyAsSet(string? setting, int replicas)
    {
        await using var model = await AppModel.RunningAsync(setting is null ? [] : [setting]);
        Assert.Equal(replicas, model["worker"].GetReplicaCount());
        Assert.Equal(1, model["model-manager"].GetReplicaCount());
        Assert.Equal(1, model["system-monitor"].GetReplicaCount());
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("--Ollama:Gpu=true", true)]
    public async Task AGpu_IsAskedForOnlyWhenSet(string? setting, bool expected)
    {
        await using var model = await AppModel.RunningAsync(setting is null ? [] : [setting]);
        var arguments = new List<object>();
        foreach (var annotation in model["ollama"].Annotations.OfType<ContainerRuntimeArgsCallbackAnnotation>())
        {
            await annotation.Callback(new ContainerRuntimeArgsCallbackContext(arguments));
        }

        Assert.Equal(expected, arguments.Any(argument => argument is "--gpus" or "nvidia.com/gpu=all"));
    }

    [Theory]
    [InlineData("OpenAI", "openai-api-key", "OPENAI_API_KEY")]
    [InlineData("Anthropic", "anthropic-api-key", "ANTHROPIC_API_KEY")]
    [InlineData("Grok", "grok-api-key", "GROK_API_KEY")]
    [InlineData("Bedrock", "bedrock-api-key", "AWS_BEARER_TOKEN_BEDROCK")]
    [InlineData("Bedrock", "aws-region", "AWS_REGION")]
    public async Task AProvidersKey_IsAParameter_OnlyWhereConfigured(string provider, string parameter, string variable)
    {
        await using (var model = await AppModel.PublishingAsync("--simulate"))
        {
            Assert.DoesNotContain(parameter, model.Names);
            Assert.DoesNotContain(variable, (await model.EnvironmentAsync("api")).Keys);
        }

        await using (var model = await AppModel.PublishingAsync($"--Providers:{provider}=true", "--simulate"))
        {
            Assert.Equal($"{{{parameter}.value}}", (await model.EnvironmentAsync("api"))[variable]);
            Assert.Equal($"{{{parameter}.value}}", (await model.EnvironmentAsync("worker"))[variable]);
        }
    }

    [Fact]
    public async Task Secrets_AreSecretParameters_AndOnlyReferredTo()
    {
        await using var model = await AppModel.PublishingAsync("--Providers:OpenAI=true", "--simulate");
        ParameterResource?[] secrets =
        [
            Assert.IsType<ParameterResource>(model["api-key"]),
            Assert.IsType<ParameterResource>(model["openai-api-key"]),
            Assert.IsType<RedisResource>(model["redis"]).PasswordParameter,
            Assert.IsType<PostgresServerResource>(model["postgres"]).PasswordParameter,
            Assert.IsType<RabbitMQServerResource>(model["rabbitmq"]).PasswordParameter,
        ];
        Assert.All(secrets, parameter => Assert.True(parameter?.Secret));
        Assert.Equal("{api-key.value}", (await model.EnvironmentAsync("api"))["LLM_GATEWAY__Authentication__Keys__apphost__Key"]);
    }

    [Fact]
    public async Task WithoutADeploymentTarget_ThereIsNone()
    {
        await using var model = await AppModel.PublishingAsync();
        Assert.Empty(model.Resources.OfType<IComputeEnvironmentResource>());
    }

    [Fact]
    public async Task ACollector_IsGivenToEveryPublishedService()
    {
        const string Collector = "http://collector:4317";
        await using var model = await AppModel.PublishingAsync($"--Deployment:OtlpEndpoint={Collector}", "--simulate");
        foreach (var service in new[] { "api", "worker", "model-manager", "system-monitor" })
        {
            var environment = await model.EnvironmentAsync(service);
            Assert.Equal(Collector, environment["OTEL_EXPORTER_OTLP_ENDPOINT"]);
            Assert.Equal(service, environment["OTEL_SERVICE_NAME"]);
        }
    }

    [Theory]
    [InlineData("--Deployment:Target=mainframe", "Deployment:Target")]
    [InlineData("--Worker:Replicas=0", "Worker:Replicas")]
    [InlineData("--Worker:Replicas=many", "Worker:Replicas")]
    [InlineData("--Providers:OpenAI=perhaps", "Providers:OpenAI")]
    [InlineData("--Ollama:Gpu=perhaps", "Gpu")]
    public async Task AValueThatCannotBeMeant_IsRefusedByName(string argument, string named)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await using var model = await AppModel.RunningAsync(argument);
        });
        Assert.Contains($"Setting {named} must be", error.ToString(), StringComparison.Ordinal);
    }
}

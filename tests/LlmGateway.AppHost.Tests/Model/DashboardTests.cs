using System.Text.Json;
using LlmGateway.AppHost.Settings;
using LlmGateway.AppHost.Tests.Support;
using LlmGateway.TestSupport;

namespace LlmGateway.AppHost.Tests.Model;

/// <summary>What the person who started the system finds in the dashboard.</summary>
public sealed class DashboardTests
{
    private const string Roles = "LLM_GATEWAY__Authentication__Keys__apphost__Roles__";

    [Fact]
    public async Task WhoStartsTheSystem_IsItsAdministrator_AndWhoeverGetsItPublishedIsNot()
    {
        await using (var model = await AppModel.RunningAsync("--simulate"))
        {
            var settings = await model.SettingsAsync("api");
            Assert.Equal(["admin", "user"], new[] { settings[Roles + "0"], settings[Roles + "1"] });
        }

        await using (var model = await AppModel.PublishingAsync("--simulate"))
        {
            Assert.DoesNotContain(await model.EnvironmentAsync("api"), variable => variable.Key.StartsWith(Roles, StringComparison.Ordinal));
            Assert.Empty(model["api"].Annotations.OfType<ResourceCommandAnnotation>());
        }
    }

    [Fact]
    public async Task TheGeneratedKey_IsTheWholeKeyThatClientsSend()
    {
        await using var model = await AppModel.RunningAsync("--simulate");
        var key = Assert.IsType<ParameterResource>(model["api-key"]);
        Assert.Matches("^sk-gw-[A-Za-z0-9]{40,}$", new GatewayKeyDefault().GetDefaultValue());
        Assert.Same(key, Assert.IsType<ParameterResource>((await model.SettingsAsync("api"))["LLM_GATEWAY__Authentication__Keys__apphost__Key"]));
    }

    [Theory]
    [InlineData("test-prompt", "model", "prompt")]
    [InlineData("new-key", "name", "role")]
    [InlineData("pause-queue", "queue")]
    [InlineData("resume-queue", "queue")]
    [InlineData("reset-circuits")]
    public async Task TheApi_HasTheCommand(string name, params string[] arguments)
    {
        await using var model = await AppModel.RunningAsync("--simulate");
        var command = Assert.Single(model["api"].Annotations.OfType<ResourceCommandAnnotation>(), command => command.Name == name);
        Assert.Equal(arguments.Order(StringComparer.Ordinal), command.Arguments.Select(argument => argument.Name).Order(StringComparer.Ordinal));
        Assert.NotEmpty(command.DisplayDescription!);
        Assert.NotEmpty(command.IconName!);
    }

    [Fact]
    public async Task WhatTakesBackALimitOrStopsWork_IsConfirmedFirst()
    {
        await using var model = await AppModel.RunningAsync("--simulate");
        Assert.Equal(
            ["pause-queue", "reset-circuits"],
            model["api"].Annotations.OfType<ResourceCommandAnnotation>().Where(command => command.ConfirmationMessage is not null)
                .Select(command => command.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Parameters_SayWhatTheyAreFor_AndStandBelowTheApi()
    {
        await using var model = await AppModel.RunningAsync(
            "--simulate", "--Providers:OpenAI=true", "--Providers:Anthropic=true", "--Providers:Grok=true", "--Providers:Bedrock=true");
        string[] names =
            ["api-key", "webhook-signing-key", "openai-api-key", "anthropic-api-key", "grok-api-key", "bedrock-api-key", "aws-region"];
        Assert.All(names, name =>
        {
            var parameter = Assert.IsType<ParameterResource>(model[name]);
            Assert.NotEmpty(parameter.Description!);
            Assert.Equal(name != "aws-region", parameter.Secret);
            Assert.Contains(parameter.Annotations.OfType<ResourceRelationshipAnnotation>(), relation => relation is { Type: "Parent", Resource.Name: "api" });
        });
    }

    /// <summary>Aspire takes a project's endpoints from its launch profile: two of one address could not start together.</summary>
    [Fact]
    public async Task EveryService_HasAnAddressOfItsOwn_AndIsAskedForItsHealth()
    {
        await using var model = await AppModel.RunningAsync("--simulate");
        var services = model.Resources.OfType<ProjectResource>().ToArray();
        Assert.Equal(
            ["LlmGateway.Api", "LlmGateway.ModelManager", "LlmGateway.Simulator", "LlmGateway.SystemMonitor", "LlmGateway.Worker"],
            services.Select(service => Path.GetFileNameWithoutExtension(service.GetProjectMetadata().ProjectPath)).Order(StringComparer.Ordinal));
        Assert.All(services, service => Assert.NotEmpty(service.Annotations.OfType<HealthCheckAnnotation>()));
        var addresses = services.Select(service =>
        {
            var folder = Path.GetDirectoryName(service.GetProjectMetadata().ProjectPath)!;
            using var settings = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "Properties", "launchSettings.json")));
            return settings.RootElement.GetProperty("profiles").GetProperty("http").GetProperty("applicationUrl").GetString();
        });
        Assert.Distinct(addresses);
        Assert.All(services, service => Assert.Single(service.Annotations.OfType<EndpointAnnotation>(), endpoint => endpoint.Name == "http"));
    }

    /// <summary>A program that the AppHost does not start is one that nobody starts; Standalone is the system without the AppHost.</summary>
    [Fact]
    public async Task EveryProgram_IsStarted()
    {
        await using var model = await AppModel.RunningAsync("--simulate");
        var programs = Directory.GetDirectories(Repository.Root, "LlmGateway.*")
            .Where(folder => File.Exists(Path.Combine(folder, "Program.cs"))).Select(Path.GetFileName).Where(name => name != "LlmGateway.Standalone");
        Assert.Empty(programs.Except(
            model.Resources.OfType<ProjectResource>().Select(service => Path.GetFileNameWithoutExtension(service.GetProjectMetadata().ProjectPath))));
    }
}

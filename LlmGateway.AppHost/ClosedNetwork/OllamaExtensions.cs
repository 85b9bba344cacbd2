using LlmGateway.AppHost.ClosedNetwork;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

internal enum OllamaGpuVendor
{
    Nvidia,
}

/// <summary>What this AppHost uses of CommunityToolkit.Aspire.Hosting.Ollama, under the same names.</summary>
internal static class OllamaExtensions
{
    private const int Port = 11434;

    public static IResourceBuilder<OllamaResource> AddOllama(this IDistributedApplicationBuilder builder, string name, int? port = null) =>
        builder.AddResource(new OllamaResource(name))
            .WithImage("ollama/ollama", "0.32")
            .WithHttpEndpoint(port, Port, OllamaResource.EndpointName)
            .WithHttpHealthCheck("/");

    public static IResourceBuilder<OllamaResource> WithDataVolume(this IResourceBuilder<OllamaResource> ollama, string? name = null) =>
        ollama.WithVolume(name ?? VolumeNameGenerator.Generate(ollama, "ollama"), "/root/.ollama");

    public static IResourceBuilder<OllamaResource> WithGPUSupport(this IResourceBuilder<OllamaResource> ollama, OllamaGpuVendor vendor) => vendor switch
    {
        OllamaGpuVendor.Nvidia => ollama.WithContainerRuntimeArgs("--gpus", "all"),
        _ => throw new ArgumentOutOfRangeException(nameof(vendor)),
    };

    /// <summary>A model that is pulled as soon as the server answers, and healthy while the server has it.</summary>
    public static IResourceBuilder<OllamaModelResource> AddModel(this IResourceBuilder<OllamaResource> ollama, string name, string modelName)
    {
        var check = $"{name}_model";
        var model = new OllamaModelResource(name, modelName, ollama.Resource);
        ollama.ApplicationBuilder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            check, _ => new OllamaModelHealthCheck(model), failureStatus: null, tags: null));
        ollama.OnResourceReady((server, ready, stopping) =>
        {
            // Not awaited: a server is ready before its models are.
            _ = OllamaModelPull.RunAsync(
                model,
                ready.Services.GetRequiredService<ResourceNotificationService>(),
                ready.Services.GetRequiredService<ResourceLoggerService>().GetLogger(model),
                stopping);
            return Task.CompletedTask;
        });
        return ollama.ApplicationBuilder.AddResource(model)
            .WithInitialState(new CustomResourceSnapshot
            {
                ResourceType = "OllamaModel",
                State = KnownResourceStates.Waiting,
                Properties = [new ResourcePropertySnapshot(CustomResourceKnownProperties.Source, modelName)],
            })
            .WithIconName("BrainCircuit")
            .WithHealthCheck(check);
    }
}

namespace Aspire.Hosting;

internal enum OllamaGpuVendor
{
    Nvidia,
}

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

    public static IResourceBuilder<OllamaModelResource> AddModel(this IResourceBuilder<OllamaResource> ollama, string name, string modelName) =>
        ollama.ApplicationBuilder.AddResource(new OllamaModelResource(name, modelName, ollama.Resource));
}

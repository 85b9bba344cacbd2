using LlmGateway.AppHost.Deployment;
using LlmGateway.AppHost.Servers;
using LlmGateway.AppHost.Settings;

namespace LlmGateway.AppHost.Models;

/// <summary>Where the models run: what a service connects to, and what has to be healthy before it starts.</summary>
/// <param name="Connection">Its connection string reads <c>Endpoint=http://host:port</c>, with <c>;Model=name</c> when there is a default model.</param>
/// <param name="Ready">Resources to wait for: the server itself, or every model that has to be pulled first.</param>
internal sealed record ModelServer(
    IResourceBuilder<IResourceWithConnectionString> Connection,
    IReadOnlyList<IResourceBuilder<IResource>> Ready);

internal static class ModelServerExtensions
{
    /// <summary>The name under which services find the model server: <c>ConnectionStrings__ollama</c>.</summary>
    private const string ConnectionName = "ollama";

    private static readonly char[] NotInResourceNames = [':', '/', '.', '_', '-'];

    /// <summary>The Simulator, speaking Ollama's protocol: no download, no GPU.</summary>
    public static ModelServer AddSimulatedModels(this IDistributedApplicationBuilder builder)
    {
        var simulator = builder.AddProject<Projects.LlmGateway_Simulator>("simulator")
            .WithHttpHealthCheck("/api/version")
            .WithIconName("Beaker");
        var connection = builder.AddConnectionString(
            ConnectionName, ReferenceExpression.Create($"Endpoint={simulator.GetEndpoint("http")}"))
            .WithParentRelationship(simulator);
        return new ModelServer(connection, [simulator]);
    }

    /// <summary>
    /// An Ollama container with the models of setting <c>Ollama:Models</c>, pulled into a volume on first start; the first
    /// is the default. <c>Ollama:Gpu</c> is false unless set: without a GPU such a container never starts. With connection string
    /// <c>ollama</c> in the configuration it is that server instead.
    /// </summary>
    public static ModelServer AddOllamaModels(this IDistributedApplicationBuilder builder)
    {
        if (builder.IsConfigured(ConnectionName))
        {
            return new ModelServer(builder.AddConnectionString(ConnectionName), []);
        }

        var settings = builder.Configuration.GetSection("Ollama");
        var ollama = builder.AddOllama(ConnectionName)
            .WithDataVolume(builder.DataVolumeOf(ConnectionName))
            .WithLifetime(ContainerLifetime.Persistent);
        if (settings.IsOn("Gpu"))
        {
            ollama.WithGPUSupport(OllamaGpuVendor.Nvidia);
        }

        var models = settings.GetSection("Models").GetChildren()
            .Select(model => model.Value)
            .OfType<string>()
            .Select(model => ollama.AddModel($"{ConnectionName}-{ResourceName(model)}", model))
            .ToArray();
        return models.Length == 0
            ? new ModelServer(ollama, [ollama])
            : new ModelServer(models[0], models);
    }

    /// <summary>Gives a service the model server's address and holds it back until the models are there.</summary>
    public static IResourceBuilder<T> WithModels<T>(this IResourceBuilder<T> service, ModelServer models)
        where T : IResourceWithEnvironment, IResourceWithWaitSupport
    {
        service.WithReference(models.Connection, ConnectionName);
        foreach (var resource in models.Ready)
        {
            service.WaitFor(resource);
        }

        return service;
    }

    /// <summary>
    /// A model's name as part of a resource name, which allows ASCII letters, digits and single hyphens. The tag stays:
    /// two sizes of one model are two resources.
    /// </summary>
    private static string ResourceName(string model) =>
        string.Join('-', model.Split(NotInResourceNames, StringSplitOptions.RemoveEmptyEntries));
}

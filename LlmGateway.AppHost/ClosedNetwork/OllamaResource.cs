namespace Aspire.Hosting.ApplicationModel;

/// <summary>An Ollama server in a container, with the names and the connection string of CommunityToolkit.Aspire.Hosting.Ollama.</summary>
internal sealed class OllamaResource(string name) : ContainerResource(name), IResourceWithConnectionString
{
    public const string EndpointName = "http";

    public EndpointReference PrimaryEndpoint => field ??= new(this, EndpointName);

    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create(
        $"Endpoint={PrimaryEndpoint.Property(EndpointProperty.Scheme)}://{PrimaryEndpoint.Property(EndpointProperty.HostAndPort)}");
}

/// <summary>A model on an Ollama server; ready once the server has it.</summary>
internal sealed class OllamaModelResource(string name, string modelName, OllamaResource parent)
    : Resource(name), IResourceWithParent<OllamaResource>, IResourceWithConnectionString
{
    public OllamaResource Parent { get; } = parent;

    public string ModelName { get; } = modelName;

    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{Parent};Model={ModelName}");
}

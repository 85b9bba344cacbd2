namespace LlmGateway.AppHost.Servers;

/// <summary>A server that runs as a process of this machine, by <c>eng/start-servers.sh run</c>.</summary>
internal sealed class LocalServerResource(string name, string script, string connectionString)
    : ExecutableResource(name, script, Path.GetDirectoryName(script)!), IResourceWithConnectionString
{
    public ReferenceExpression ConnectionStringExpression { get; } = ReferenceExpression.Create($"{connectionString}");
}

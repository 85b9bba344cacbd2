namespace LlmGateway.AppHost.Deployment;

internal static class DataVolumes
{
    /// <summary>
    /// The name of a server's volume; null leaves it to Aspire. Under <c>dotnet run</c> that is right: each checkout has its own.
    /// Published, Aspire's name holds a dot, which Kubernetes does not take, and a hash, and a name that changes loses the data.
    /// </summary>
    public static string? DataVolumeOf(this IDistributedApplicationBuilder builder, string server) =>
        builder.ExecutionContext.IsPublishMode ? $"{server}-data" : null;
}

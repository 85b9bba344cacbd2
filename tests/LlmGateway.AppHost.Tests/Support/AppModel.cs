using LlmGateway.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmGateway.AppHost.Tests.Support;

/// <summary>The AppHost's model, written by its own program and never started: no container, no network.</summary>
internal sealed class AppModel : IAsyncDisposable
{
    private readonly IDistributedApplicationTestingBuilder _builder;

    private AppModel(IDistributedApplicationTestingBuilder builder) => _builder = builder;

    public IEnumerable<IResource> Resources => _builder.Resources;

    /// <summary>As <c>dotnet run</c> sees it.</summary>
    public static Task<AppModel> RunningAsync(params string[] arguments) => CreateAsync(arguments);

    /// <summary>As a publisher sees it.</summary>
    public static Task<AppModel> PublishingAsync(params string[] arguments) => CreateAsync(["--operation", "publish", .. arguments]);

    public IResource this[string name] => Assert.Single(Resources, resource => resource.Name == name);

    public IEnumerable<string> Names => Resources.Select(resource => resource.Name);

    /// <summary>A service's environment variables, references as a manifest's expressions, such as <c>{redis.connectionString}</c>.</summary>
    public async Task<Dictionary<string, string>> EnvironmentAsync(string service)
    {
        var result = await ExecutionConfigurationBuilder.Create(this[service])
            .WithEnvironmentVariablesConfig()
            .BuildAsync(new DistributedApplicationExecutionContext(DistributedApplicationOperation.Publish), NullLogger.Instance, TestTimeouts.Token());
        Assert.Null(result.Exception);
        return result.EnvironmentVariables.ToDictionary(variable => variable.Key, variable => variable.Value);
    }

    /// <summary>What a running service is given, references as they are.</summary>
    public async Task<Dictionary<string, object>> SettingsAsync(string service)
    {
        var context = new EnvironmentCallbackContext(
            new DistributedApplicationExecutionContext(DistributedApplicationOperation.Run), this[service], [], TestTimeouts.Token());
        foreach (var annotation in this[service].Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        return context.EnvironmentVariables;
    }

    public ValueTask DisposeAsync() => _builder.DisposeAsync();

    private static async Task<AppModel> CreateAsync(string[] arguments) =>
        new(await DistributedApplicationTestingBuilder.CreateAsync<Projects.LlmGateway_AppHost>(arguments, TestTimeouts.Token()));
}

using LlmGateway.Core.Providers;
using LlmGateway.Providers.OpenAI;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmGateway.Providers.Tests.OpenAI;

/// <summary>A provider of the OpenAI dialect whose upstream plays scripts.</summary>
public abstract class OpenAIFixture : IAsyncLifetime
{
    protected const string EventStream = "text/event-stream";

    protected ScriptedServer Server { get; } = new();

    protected ManualTimeProvider Time { get; } = new();

    protected IModelProvider Provider => Make(new ProviderOptions());

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await Server.DisposeAsync();

    protected IModelProvider Make(ProviderOptions options) => Make(options, OpenAIProfile.OpenAI);

    private protected IModelProvider Make(ProviderOptions options, OpenAIProfile profile)
    {
        options.BaseUrl = options.BaseUrl.Length > 0 ? options.BaseUrl : Server.BaseUrl + "/v1";
        return new OpenAIProviderFactory(profile, profile.Type, Time, NullLoggerFactory.Instance).Create("up", options);
    }
}

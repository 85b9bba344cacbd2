using LlmGateway.Core.Providers;
using LlmGateway.Providers.Http;
using Microsoft.Extensions.Logging;

namespace LlmGateway.Providers.OpenAI;

/// <param name="profile">Which servers these are.</param>
/// <param name="type">One of the profile's types.</param>
/// <param name="time">Clock and timers.</param>
/// <param name="logs">Where changes of the keys are logged.</param>
internal sealed class OpenAIProviderFactory(OpenAIProfile profile, string type, TimeProvider time, ILoggerFactory logs) : IModelProviderFactory
{
    public string Type => type;

    public string? DefaultBaseUrl(ProviderOptions options) => profile.BaseUrl;

    public bool IsLocal => profile.IsLocal;

    public IModelProvider Create(string name, ProviderOptions options) => new OpenAIProvider(
        new UpstreamClient(name, options, time, [], CredentialRing.Bearer(name, options, time, logs), profile.Words), profile,
        allowRemoteMedia: !profile.IsLocal || options.AllowRemoteMedia);
}

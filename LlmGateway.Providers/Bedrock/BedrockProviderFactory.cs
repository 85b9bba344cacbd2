using LlmGateway.Core.Providers;
using LlmGateway.Core.Sensitivity;
using LlmGateway.Providers.Bedrock.Credentials;
using LlmGateway.Providers.Http;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.Providers.Bedrock;

/// <param name="time">Clock and timers.</param>
/// <param name="configuration">Holds the environment's variables; null to read those themselves.</param>
internal sealed class BedrockProviderFactory(TimeProvider time, IConfiguration? configuration = null) : IModelProviderFactory
{
    private const string BearerVariable = "AWS_BEARER_TOKEN_BEDROCK";

    private readonly AwsEnvironment _environment = AwsEnvironment.From(configuration);

    public string Type => BedrockProvider.TypeName;

    /// <summary>Models run for the operator's own AWS account, in the region that the operator chose.</summary>
    public SecurityLevel DefaultSecurity => SecurityLevel.High;

    public string? DefaultBaseUrl(ProviderOptions options) =>
        _environment.Region(options) is { } region ? BedrockAddresses.Runtime(region) : null;

    public IModelProvider Create(string name, ProviderOptions options)
    {
        var region = _environment.Region(options);
        var credentials = new CredentialCache(CredentialChain.Choose(options, _environment, region, time), time);
        var hooks = new BedrockHooks(name, ApiKey(options), credentials, region, time);
        var control = BedrockAddresses.Control(options.BaseUrl);
        var client = new UpstreamClient(name, options, time, []) { Hooks = hooks };
        return new BedrockProvider(
            client, control == options.BaseUrl ? client : new UpstreamClient(name, At(control, options), time, []) { Hooks = hooks });
    }

    /// <summary>The environment's key is for those that bring no key of their own, of either kind.</summary>
    private string? ApiKey(ProviderOptions options) =>
        !string.IsNullOrEmpty(options.ApiKey) ? options.ApiKey
        : string.IsNullOrEmpty(options.Aws.AccessKeyId) && string.IsNullOrEmpty(options.Aws.Profile) ? _environment[BearerVariable]
        : null;

    private static ProviderOptions At(string baseUrl, ProviderOptions options)
    {
        var copy = new ProviderOptions { BaseUrl = baseUrl, Timeouts = options.Timeouts };
        foreach (var (name, value) in options.Headers)
        {
            copy.Headers[name] = value;
        }

        return copy;
    }
}

using LlmGateway.Core.Providers;

namespace LlmGateway.Providers.Bedrock.Credentials;

/// <summary>
/// Where the credentials of a provider come from, the first that is configured: its settings, the environment, a profile of the shared
/// files, a token of another identity provider, the container's role, the instance's role.
/// </summary>
internal static class CredentialChain
{
    public static ICredentialSource Choose(ProviderOptions options, AwsEnvironment environment, string? region, TimeProvider time)
    {
        var aws = options.Aws;
        if (aws.AccessKeyId is { Length: > 0 } own && aws.SecretAccessKey is { Length: > 0 } ownSecret)
        {
            return new StaticCredentials(new AwsCredentials(own, ownSecret, Given(aws.SessionToken)));
        }

        if (aws.Profile is { Length: > 0 } profile)
        {
            return new ProfileCredentials(environment, profile, time);
        }

        if (environment["AWS_ACCESS_KEY_ID"] is { } id && environment["AWS_SECRET_ACCESS_KEY"] is { } secret)
        {
            return new StaticCredentials(new AwsCredentials(id, secret, environment["AWS_SESSION_TOKEN"]));
        }

        // A profile that was named is meant, even when it has no keys: then that is what is said.
        if (AwsProfile.Load(environment, null).Credentials is not null || environment["AWS_PROFILE"] is not null)
        {
            return new ProfileCredentials(environment, null, time);
        }

        if (WebIdentityCredentials.IsConfigured(environment))
        {
            return new WebIdentityCredentials(environment, new CredentialHttp(useProxy: true), region);
        }

        if (ContainerCredentials.IsConfigured(environment))
        {
            return new ContainerCredentials(environment, new CredentialHttp(useProxy: false));
        }

        return InstanceCredentials.IsDisabled(environment)
            ? new NoCredentials("no AWS credentials are configured")
            : new InstanceCredentials(environment, new CredentialHttp(useProxy: false));
    }

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

namespace LlmGateway.Providers.Bedrock.Credentials;

/// <summary>What requests to AWS are signed with.</summary>
/// <param name="AccessKeyId">Names the key.</param>
/// <param name="SecretAccessKey">Never leaves the process.</param>
/// <param name="SessionToken">Of temporary credentials; null for lasting ones.</param>
/// <param name="Expires">When they end; null for lasting ones.</param>
internal sealed record AwsCredentials(string AccessKeyId, string SecretAccessKey, string? SessionToken = null, DateTimeOffset? Expires = null)
{
    /// <summary>Names no secret, wherever it is written.</summary>
    public override string ToString() => $"AWS credentials {AccessKeyId}";
}

/// <summary>What a source of credentials gave: exactly one of the two is set.</summary>
/// <param name="Credentials">Fresh.</param>
/// <param name="Problem">For the operator: why there are none. Names no secret.</param>
internal readonly record struct CredentialResult(AwsCredentials? Credentials, string? Problem)
{
    public static CredentialResult Found(AwsCredentials credentials) => new(credentials, null);

    public static CredentialResult Failed(string problem) => new(null, problem);
}

/// <summary>One place where credentials come from.</summary>
internal interface ICredentialSource
{
    /// <summary>Fetches them anew. Throws only what a network, a file or a cancellation throws.</summary>
    ValueTask<CredentialResult> FetchAsync(CancellationToken cancellationToken);
}

/// <summary>Credentials that stand in the settings or the environment.</summary>
internal sealed class StaticCredentials(AwsCredentials credentials) : ICredentialSource
{
    public ValueTask<CredentialResult> FetchAsync(CancellationToken cancellationToken) => ValueTask.FromResult(CredentialResult.Found(credentials));
}

/// <summary>None can be had; the reason is told with every call.</summary>
internal sealed class NoCredentials(string problem) : ICredentialSource
{
    public ValueTask<CredentialResult> FetchAsync(CancellationToken cancellationToken) => ValueTask.FromResult(CredentialResult.Failed(problem));
}

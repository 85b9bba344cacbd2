using System.Net.Http.Headers;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Bedrock.Credentials;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.Bedrock;

/// <summary>Signs each request with what its source of credentials gives, or sends a bearer key instead; tells AWS's errors apart.</summary>
/// <param name="provider">Its name in the configuration, for errors.</param>
/// <param name="apiKey">A Bedrock API key, which replaces the signature; null for none.</param>
/// <param name="credentials">What requests are signed with.</param>
/// <param name="region">The region; null when none is known.</param>
/// <param name="time">Clock of the signatures.</param>
internal sealed class BedrockHooks(string provider, string? apiKey, CredentialCache credentials, string? region, TimeProvider time) : UpstreamHooks
{
    private const string SigningName = "bedrock";

    private static readonly HttpRequestOptionsKey<AwsCredentials> Used = new("aws-credentials");

    private readonly AuthenticationHeaderValue? _bearer = string.IsNullOrEmpty(apiKey) ? null : new AuthenticationHeaderValue("Bearer", apiKey);

    public override async ValueTask<GatewayError?> AuthorizeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (_bearer is not null)
        {
            request.Headers.Authorization = _bearer;
            return null;
        }

        if (string.IsNullOrEmpty(region))
        {
            return Missing("its AWS region is not known");
        }

        var (found, problem) = await credentials.GetAsync(cancellationToken);
        if (found is null)
        {
            return Missing(problem!);
        }

        request.Options.Set(Used, found);
        foreach (var (name, value) in AwsSigner.Sign(Describe(request), found, new SigningScope(region, SigningName), time.GetUtcNow()))
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return null;
    }

    public override GatewayError Explain(GatewayError error, HttpResponseMessage response, ReadOnlyMemory<byte> body)
    {
        var explained = BedrockErrors.Explain(provider, error, response, body);
        if (explained.Code == GatewayErrorCode.UpstreamCredentials && response.RequestMessage?.Options.TryGetValue(Used, out var used) == true)
        {
            credentials.Refuse(used);
        }

        return explained;
    }

    private static SignedRequest Describe(HttpRequestMessage request)
    {
        var url = request.RequestUri!;
        var headers = new List<KeyValuePair<string, string>> { new("host", request.Headers.Host ?? url.Authority) };
        if (request.Content?.Headers.ContentType is { } type)
        {
            headers.Add(new("content-type", type.ToString()));
        }

        var hash = request.Content switch
        {
            null => AwsSigner.EmptyHash,
            PooledContent content => AwsSigner.Hash(content.Written),
            _ => throw new InvalidOperationException("Only bodies in memory can be signed."),
        };
        return new SignedRequest(request.Method.Method, url.AbsolutePath, url.Query.TrimStart('?'), headers, hash);
    }

    private GatewayError Missing(string what) => new(
        GatewayErrorCode.UpstreamCredentials, $"Provider '{provider}' cannot be asked: {what}.");
}

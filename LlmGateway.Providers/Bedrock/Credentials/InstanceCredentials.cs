using System.Net;
using System.Text;

namespace LlmGateway.Providers.Bedrock.Credentials;

/// <summary>The role of an EC2 instance, by version 2 of its metadata service (source: AWS's documentation, "Use IMDS"): a token first.</summary>
internal sealed class InstanceCredentials(AwsEnvironment environment, CredentialHttp http) : ICredentialSource
{
    private const string Who = "the instance's metadata service";
    private const string RolePath = "/latest/meta-data/iam/security-credentials/";

    public static bool IsDisabled(AwsEnvironment environment) =>
        string.Equals(environment["AWS_EC2_METADATA_DISABLED"], "true", StringComparison.OrdinalIgnoreCase);

    public async ValueTask<CredentialResult> FetchAsync(CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? "http://169.254.169.254", UriKind.Absolute, out var root)
            || root.Scheme is not ("http" or "https"))
        {
            return CredentialResult.Failed("AWS_EC2_METADATA_SERVICE_ENDPOINT is no http address");
        }

        using var asking = new HttpRequestMessage(HttpMethod.Put, new Uri(root, "/latest/api/token"));
        asking.Headers.Add("X-aws-ec2-metadata-token-ttl-seconds", "21600");
        var (status, body) = await http.AskAsync(asking, cancellationToken);
        var token = Encoding.ASCII.GetString(body).Trim();
        if (status != HttpStatusCode.OK || token.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return Failed(status);
        }

        (status, body) = await GetAsync(new Uri(root, RolePath), token, cancellationToken);
        var role = Encoding.UTF8.GetString(body).Split('\n')[0].Trim();
        if (status != HttpStatusCode.OK || role.Length == 0)
        {
            return status == HttpStatusCode.NotFound ? CredentialResult.Failed("the instance has no role") : Failed(status);
        }

        (status, body) = await GetAsync(new Uri(root, RolePath + Uri.EscapeDataString(role)), token, cancellationToken);
        return status == HttpStatusCode.OK ? CredentialHttp.Read(body, Who) : Failed(status);
    }

    private static CredentialResult Failed(HttpStatusCode status) => CredentialResult.Failed($"{Who} answered {(int)status}");

    private async ValueTask<(HttpStatusCode Status, byte[] Body)> GetAsync(Uri address, string token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Add("X-aws-ec2-metadata-token", token);
        return await http.AskAsync(request, cancellationToken);
    }
}

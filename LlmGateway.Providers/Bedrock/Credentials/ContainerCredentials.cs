using System.Net;

namespace LlmGateway.Providers.Bedrock.Credentials;

/// <summary>
/// The role of a container on ECS or a pod on EKS (source: AWS's SDK reference guide, "Container credential provider"):
/// <c>AWS_CONTAINER_CREDENTIALS_RELATIVE_URI</c> or <c>_FULL_URI</c>, with <c>AWS_CONTAINER_AUTHORIZATION_TOKEN</c> or its file.
/// </summary>
internal sealed class ContainerCredentials(AwsEnvironment environment, CredentialHttp http) : ICredentialSource
{
    private const string Who = "the container's credential service";
    private const string RelativeRoot = "http://169.254.170.2";

    /// <summary>ECS, and EKS by IPv4 and IPv6.</summary>
    private static readonly string[] Known = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

    public static bool IsConfigured(AwsEnvironment environment) => Address(environment) is not null;

    public async ValueTask<CredentialResult> FetchAsync(CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(Address(environment), UriKind.Absolute, out var address) || !IsAllowed(address))
        {
            return CredentialResult.Failed("AWS_CONTAINER_CREDENTIALS_FULL_URI must be an https address, one of this machine or one of AWS's own");
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        var token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] is { } file
            ? (await File.ReadAllTextAsync(file, cancellationToken)).Trim()
            : environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"];
        if (token is not null && (token.AsSpan().ContainsAnyExceptInRange(' ', '~') || !request.Headers.TryAddWithoutValidation("Authorization", token)))
        {
            return CredentialResult.Failed("the container's authorization token cannot be sent in a header");
        }

        var (status, body) = await http.AskAsync(request, cancellationToken);
        return status == HttpStatusCode.OK ? CredentialHttp.Read(body, Who) : CredentialResult.Failed($"{Who} answered {(int)status}");
    }

    private static string? Address(AwsEnvironment environment) => environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] is { } path
        ? RelativeRoot + path
        : environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"];

    /// <summary>A token must not go to just anybody.</summary>
    private static bool IsAllowed(Uri address) =>
        address.Scheme == Uri.UriSchemeHttps
        || (address.Scheme == Uri.UriSchemeHttp && (address.IsLoopback || Known.Contains(address.Host.Trim('[', ']'))));
}

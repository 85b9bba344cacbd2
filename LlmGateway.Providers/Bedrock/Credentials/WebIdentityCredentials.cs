using System.Globalization;
using System.Net;
using System.Xml;

namespace LlmGateway.Providers.Bedrock.Credentials;

/// <summary>
/// A role taken on with a token of another identity provider, as pods on EKS do (source: AWS's STS reference,
/// <c>AssumeRoleWithWebIdentity</c>): <c>AWS_ROLE_ARN</c>, <c>AWS_WEB_IDENTITY_TOKEN_FILE</c> and, if set, <c>AWS_ROLE_SESSION_NAME</c>.
/// </summary>
internal sealed class WebIdentityCredentials(AwsEnvironment environment, CredentialHttp http, string? region) : ICredentialSource
{
    private const string Who = "AWS's token service";

    public static bool IsConfigured(AwsEnvironment environment) =>
        environment["AWS_ROLE_ARN"] is not null && environment["AWS_WEB_IDENTITY_TOKEN_FILE"] is not null;

    public async ValueTask<CredentialResult> FetchAsync(CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(Address(), UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            return CredentialResult.Failed("AWS_ENDPOINT_URL_STS is no http address");
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, address);
        request.Content = new FormUrlEncodedContent(
        [
            new("Action", "AssumeRoleWithWebIdentity"),
            new("Version", "2011-06-15"),
            new("RoleArn", environment["AWS_ROLE_ARN"]!),
            new("RoleSessionName", environment["AWS_ROLE_SESSION_NAME"] ?? "llm-gateway"),
            // The file is renewed by the platform, so it is read each time.
            new("WebIdentityToken", (await File.ReadAllTextAsync(environment["AWS_WEB_IDENTITY_TOKEN_FILE"]!, cancellationToken)).Trim()),
        ]);
        var (status, body) = await http.AskAsync(request, cancellationToken);
        return status == HttpStatusCode.OK ? Read(body) : CredentialResult.Failed($"{Who} answered {(int)status}");
    }

    private string Address() => environment["AWS_ENDPOINT_URL_STS"]
        ?? (region is null ? "https://sts.amazonaws.com/" : $"https://sts.{region}.{BedrockAddresses.Domain(region)}/");

    private static CredentialResult Read(byte[] body)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var stream = new MemoryStream(body);
            using var xml = XmlReader.Create(stream, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            while (xml.Read())
            {
                while (xml.NodeType == XmlNodeType.Element && xml.LocalName is "AccessKeyId" or "SecretAccessKey" or "SessionToken" or "Expiration")
                {
                    // Stands on the next node afterwards.
                    found[xml.LocalName] = xml.ReadElementContentAsString();
                }
            }
        }
        catch (XmlException)
        {
            return CredentialResult.Failed($"{Who} answered with something else than credentials");
        }

        return found.TryGetValue("AccessKeyId", out var id) && found.TryGetValue("SecretAccessKey", out var secret)
            && found.TryGetValue("SessionToken", out var token) && found.TryGetValue("Expiration", out var end)
            && DateTimeOffset.TryParse(end, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var expires)
            ? CredentialResult.Found(new AwsCredentials(id, secret, token, expires))
            : CredentialResult.Failed($"{Who} gave no credentials");
    }
}

using System.Net;
using System.Text.Json;

namespace LlmGateway.Providers.Bedrock.Credentials;

/// <summary>Small questions to the services that give credentials.</summary>
internal sealed class CredentialHttp : IDisposable
{
    /// <summary>The longest answer that is read, in bytes.</summary>
    private const int MaxAnswerBytes = 64 * 1024;

    private static readonly TimeSpan Connect = TimeSpan.FromSeconds(2);

    private readonly HttpMessageInvoker _http;

    /// <param name="useProxy">The environment's proxy is for addresses outside, never for those of the machine itself.</param>
    public CredentialHttp(bool useProxy) => _http = new HttpMessageInvoker(new SocketsHttpHandler
    {
        ConnectTimeout = Connect,
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = useProxy,
    });

    /// <summary>Status and body of the answer.</summary>
    public async ValueTask<(HttpStatusCode Status, byte[] Body)> AskAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(request, cancellationToken);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var body = new byte[MaxAnswerBytes];
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        return (response.StatusCode, body[..length]);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The document that containers and instances answer with; what it lacks is told with <paramref name="who"/>.</summary>
    public static CredentialResult Read(byte[] body, string who)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            return root.TryGetProperty("AccessKeyId"u8, out var id) && id.GetString() is { Length: > 0 } key
                && root.TryGetProperty("SecretAccessKey"u8, out var hidden) && hidden.GetString() is { Length: > 0 } secret
                && root.TryGetProperty("Expiration"u8, out var end) && end.TryGetDateTimeOffset(out var expires)
                ? CredentialResult.Found(new AwsCredentials(key, secret, root.TryGetProperty("Token"u8, out var token) ? token.GetString() : null, expires))
                : CredentialResult.Failed($"{who} gave no credentials");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return CredentialResult.Failed($"{who} answered with something else than credentials");
        }
    }
}

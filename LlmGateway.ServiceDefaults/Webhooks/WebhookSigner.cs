using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Webhooks;

/// <summary>
/// Signs deliveries by the Standard Webhooks specification: <c>v1,</c> and the base64 of HMAC-SHA256 over <c>id.timestamp.body</c>. Every
/// API key has a secret of its own, which is made from the signing key and stored nowhere.
/// </summary>
public sealed class WebhookSigner
{
    /// <summary>Before the base64 of a secret.</summary>
    public const string SecretPrefix = "whsec_";

    private const string Purpose = "llm-gateway/webhook/";

    private readonly byte[][] _keys;

    public WebhookSigner(IOptions<WebhookOptions> options) =>
        _keys = string.IsNullOrWhiteSpace(options.Value.SigningKey)
            ? []
            : [.. options.Value.PreviousSigningKeys.Prepend(options.Value.SigningKey).Select(key => Encoding.UTF8.GetBytes(key.Trim()))];

    /// <summary>There is a signing key. Without one nothing can be signed.</summary>
    public bool IsConfigured => _keys.Length > 0;

    /// <summary>The secret with which the owner of this API key verifies deliveries; null without a signing key.</summary>
    public string? SecretOf(string apiKeyId) => IsConfigured ? SecretPrefix + Convert.ToBase64String(Derive(_keys[0], apiKeyId)) : null;

    /// <summary>The value of <c>webhook-signature</c>: one signature for each signing key, the newest first.</summary>
    /// <param name="apiKeyId">Whose job it is about.</param>
    /// <param name="id">The value of <c>webhook-id</c>.</param>
    /// <param name="timestamp">The value of <c>webhook-timestamp</c>: Unix time in seconds.</param>
    /// <param name="body">The bytes that are sent.</param>
    public string Sign(string apiKeyId, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        var head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}."));
        var signatures = new string[_keys.Length];
        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        for (var i = 0; i < _keys.Length; i++)
        {
            using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Derive(_keys[i], apiKeyId));
            hmac.AppendData(head);
            hmac.AppendData(body);
            hmac.GetHashAndReset(signature);
            signatures[i] = "v1," + Convert.ToBase64String(signature);
        }

        return string.Join(' ', signatures);
    }

    private static byte[] Derive(byte[] key, string apiKeyId) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(Purpose + apiKeyId));
}

using System.Security.Cryptography;
using System.Text;
using LlmGateway.ServiceDefaults.Webhooks;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Tests.Webhooks;

public class WebhookSignerTests
{
    private static readonly string Old = new('o', 32);
    private static readonly string New = new('n', 32);
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"type":"job.completed"}""");

    [Fact]
    public void Signature_IsTheStandardsHmacWithTheKeysSecret()
    {
        var signer = Signer(New);
        var secret = signer.SecretOf("key-1")!;
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        Assert.Equal(32, Convert.FromBase64String(secret["whsec_".Length..]).Length);
        Assert.Equal(Expected(secret, "msg_1", 1614265330), signer.Sign("key-1", "msg_1", 1614265330, Body));
    }

    [Fact]
    public void Secrets_DifferByKeyAndAreTheSameInEveryProcess()
    {
        Assert.NotEqual(Signer(New).SecretOf("a"), Signer(New).SecretOf("b"));
        Assert.Equal(Signer(New).SecretOf("a"), Signer(" " + New + "\n").SecretOf("a"));
    }

    [Fact]
    public void Rotation_SignsWithAllKeys_NewestFirst()
    {
        var rotated = Signer(New, Old);
        Assert.Equal(Signer(New).SecretOf("a"), rotated.SecretOf("a"));
        Assert.Equal(
            [Expected(Signer(New).SecretOf("a")!, "msg_1", 5), Expected(Signer(Old).SecretOf("a")!, "msg_1", 5)],
            rotated.Sign("a", "msg_1", 5, Body).Split(' '));
    }

    [Fact]
    public void WithoutAKey_ThereIsNoSecret()
    {
        Assert.False(Signer(null).IsConfigured);
        Assert.Null(Signer(" ").SecretOf("a"));
    }

    [Fact]
    public void Validation_TellsEveryMistake_ButNoKey()
    {
        var options = new WebhookOptions { SigningKey = "too-short-secret" };
        options.PreviousSigningKeys.Add("short-too");
        options.AllowedNetworks.AddRange(["10.0.0.1/8", "10.0.0.0/8"]);
        options.AllowedHosts.AddRange(["https://x", "*.example.com"]);
        options.AllowedPorts.AddRange([0, 443]);
        options.RetryDelays.AddRange([TimeSpan.Zero, TimeSpan.FromSeconds(1)]);
        var failures = new WebhookOptionsValidator().Validate(null, options).Failures!.ToArray();
        Assert.Equal(6, failures.Length);
        Assert.DoesNotContain(failures, f => f.Contains("secret", StringComparison.Ordinal) || f.Contains("short-too", StringComparison.Ordinal));
        Assert.True(new WebhookOptionsValidator().Validate(null, new WebhookOptions()).Succeeded);
    }

    private static string Expected(string secret, string id, long timestamp) => "v1," + Convert.ToBase64String(HMACSHA256.HashData(
        Convert.FromBase64String(secret["whsec_".Length..]), (byte[])[.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. Body]));

    private static WebhookSigner Signer(string? key, params string[] previous)
    {
        var options = new WebhookOptions { SigningKey = key };
        options.PreviousSigningKeys.AddRange(previous);
        return new WebhookSigner(Options.Create(options));
    }
}

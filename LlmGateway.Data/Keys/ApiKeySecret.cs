using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace LlmGateway.Data.Keys;

/// <summary>How keys look and how they are recognised.</summary>
public static class ApiKeySecret
{
    public const string Marker = "sk-gw-";

    private const int PrefixLength = 12;

    /// <summary>A new key: the marker and 256 random bits in base64url.</summary>
    public static string Generate() => Marker + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>SHA-256 of the key. Enough for 256 random bits: there is nothing to guess that salt or work would protect.</summary>
    public static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>The part that may be shown.</summary>
    public static string Prefix(string key) => key.Length <= PrefixLength ? key : key[..PrefixLength];
}

using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace LlmGateway.Api.Authentication;

/// <summary>
/// SHA-256 of an API key: all that is ever stored or compared. Keys are long random strings, so a plain hash cannot be searched,
/// and looking one up tells nothing about another by its timing.
/// </summary>
public readonly record struct ApiKeyDigest(ulong A, ulong B, ulong C, ulong D)
{
    private const int MaxKeyLength = 512;

    /// <summary>The digest of a key; null when it is too long to be one.</summary>
    public static ApiKeyDigest? Of(ReadOnlySpan<char> key)
    {
        if (key.IsEmpty || key.Length > MaxKeyLength)
        {
            return null;
        }

        Span<byte> utf8 = stackalloc byte[Encoding.UTF8.GetMaxByteCount(MaxKeyLength)];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(key, utf8)], hash);
        return FromHash(hash);
    }

    /// <summary>Reads 64 hexadecimal digits; null when they are none.</summary>
    public static ApiKeyDigest? FromHex(string hex)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        return Convert.FromHexString(hex, hash, out _, out var written) == OperationStatus.Done && written == hash.Length
            ? FromHash(hash)
            : null;
    }

    /// <summary>The 32 bytes of the SHA-256.</summary>
    public byte[] ToArray() => MemoryMarshal.AsBytes<ulong>([A, B, C, D]).ToArray();

    private static ApiKeyDigest FromHash(ReadOnlySpan<byte> hash)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(hash);
        return new ApiKeyDigest(words[0], words[1], words[2], words[3]);
    }
}

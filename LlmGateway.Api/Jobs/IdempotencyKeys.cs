using System.Security.Cryptography;
using LlmGateway.Core.Errors;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Jobs;

/// <summary>The header by which a client makes a repeated submission harmless.</summary>
internal static class IdempotencyKeys
{
    private const string Header = "Idempotency-Key";
    private const int Longest = 255;

    /// <summary>The answer to a key that came before, with another request.</summary>
    public static GatewayError Reused { get; } = new(
        GatewayErrorCode.IdempotencyConflict, "Another request came with this idempotency key before. A key stands for one request; send a new one with another.")
    {
        Param = Header,
    };

    /// <summary>Null when the header is good; <paramref name="key"/> is null when there is none.</summary>
    public static GatewayError? Read(IHeaderDictionary headers, out string? key)
    {
        key = null;
        if (!headers.TryGetValue(Header, out var sent))
        {
            return null;
        }

        key = sent.Count == 1 ? sent[0] : null;
        return key is { Length: > 0 and <= Longest } && !key.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? null
            : GatewayError.Invalid(Header, "invalid_value", $"Invalid header '{Header}': expected 1 to {Longest} visible ASCII characters, once.");
    }

    /// <summary>What a key stands for: the document as it was sent, where to, and what the headers say of it.</summary>
    /// <param name="kind">Where to.</param>
    /// <param name="priority">What it is to have, said by whatever.</param>
    /// <param name="demandsHigh">The client demands a high-security provider.</param>
    /// <param name="body">The document.</param>
    public static byte[] Hash(JobKind kind, JobPriority priority, bool demandsHigh, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([(byte)kind, (byte)priority, demandsHigh ? (byte)1 : (byte)0]);
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }
}

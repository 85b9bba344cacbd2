namespace LlmGateway.Data.Keys;

/// <summary>What authentication needs of the keys in the database. Every call ends when its token fires.</summary>
public interface IApiKeyTable
{
    /// <summary>The key with this SHA-256, revoked and expired ones included; null when there is none.</summary>
    Task<ApiKeyGrant?> FindAsync(byte[] hash, CancellationToken cancellationToken);

    /// <summary>Notes when keys, by id, were last used.</summary>
    Task TouchAsync(IReadOnlyDictionary<string, DateTimeOffset> lastUses, CancellationToken cancellationToken);

    /// <summary>Revokes every key of the owner that is not revoked yet; returns how many those were.</summary>
    Task<int> RevokeOwnerAsync(string owner, DateTimeOffset revokedAt, CancellationToken cancellationToken);

    /// <summary>Gives every key of the owner these roles instead of those it has; returns how many keys there are.</summary>
    Task<int> SetOwnerRolesAsync(string owner, IReadOnlyCollection<string> roles, CancellationToken cancellationToken);
}

/// <summary>What a key grants, and until when.</summary>
public sealed record ApiKeyGrant(
    string Id, string Owner, string? Team, IReadOnlyList<string> Roles, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt)
{
    /// <summary>The only models that the key may use; empty for all.</summary>
    public IReadOnlyList<string> AllowedModels { get; init; } = [];
}

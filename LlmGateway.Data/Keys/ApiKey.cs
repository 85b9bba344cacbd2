namespace LlmGateway.Data.Keys;

/// <summary>A client's key. The key itself is shown once, when it is made; the row holds its SHA-256.</summary>
public sealed class ApiKey
{
    /// <summary>The public id. Usage, jobs and files name their key by it, or by the name of a key from configuration.</summary>
    public string Id { get; init; } = $"key_{Guid.CreateVersion7():N}";

    public required string Name { get; set; }

    /// <summary>The user or service that the key acts for.</summary>
    public required string Owner { get; set; }

    public string? Team { get; set; }

    /// <summary>SHA-256 of the whole key, 32 bytes.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>The first characters of the key, to recognise it in a list.</summary>
    public required string Prefix { get; init; }

    public string[] Roles { get; set; } = ["user"];

    public string Tier { get; set; } = "default";

    /// <summary>Model names the key may use; empty means all.</summary>
    public string[] AllowedModels { get; set; } = [];

    /// <summary>Limits that replace the tier's, as a JSON object; null keeps the tier's.</summary>
    public string? Limits { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public string? CreatedBy { get; init; }

    public DateTimeOffset? ExpiresAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>Kept to the minute or so: writing it on every request would cost a row version each.</summary>
    public DateTimeOffset? LastUsedAt { get; set; }
}

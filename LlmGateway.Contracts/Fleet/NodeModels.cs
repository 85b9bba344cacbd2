using System.Text.Json.Serialization;

namespace LlmGateway.Contracts.Fleet;

/// <summary>A model server and its models, as the model manager last saw them.</summary>
/// <param name="Id">The node's name; a provider of the same name at the gateway is served by this node.</param>
public sealed record NodeModels(string Id) : FleetEntry(Id)
{
    public const string KindName = "node";

    [JsonIgnore]
    public override string Key => $"{KindName}/{Id}";

    /// <summary>Its address, without user name, password and query.</summary>
    public required string BaseUrl { get; init; }

    /// <summary>Whether it answered when it was last asked.</summary>
    public required bool Reachable { get; init; }

    /// <summary>Why it is not reachable; null when it is.</summary>
    public string? Error { get; init; }

    /// <summary>The version of the server's software, where known.</summary>
    public string? ServerVersion { get; init; }

    /// <summary>The models it has. Keeps the last known list while the node is not reachable.</summary>
    public IReadOnlyList<NodeModel> Models { get; init; } = [];
}

/// <summary>One model on a node.</summary>
/// <param name="Name">Its name at the node, tag included.</param>
/// <param name="SizeBytes">Bytes on disk; 0 where unknown.</param>
/// <param name="Loaded">It is in memory and answers without loading.</param>
public sealed record NodeModel(string Name, long SizeBytes, bool Loaded)
{
    /// <summary>Bytes of GPU memory it takes while loaded; 0 when it runs on the CPU or is not loaded.</summary>
    public long VramBytes { get; init; }

    /// <summary>When the server will unload it; null when it is not loaded or stays for good.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public string? Family { get; init; }

    /// <summary>Such as <c>8.0B</c>.</summary>
    public string? ParameterSize { get; init; }

    /// <summary>Such as <c>Q4_K_M</c>.</summary>
    public string? Quantization { get; init; }
}

namespace LlmGateway.Data.Catalogue;

/// <summary>A model that the gateway offers, at one provider. Prices, capabilities and limits are data, not code.</summary>
public sealed class CatalogueModel
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The name clients use.</summary>
    public required string Name { get; set; }

    public required string Provider { get; set; }

    /// <summary>The name the provider uses.</summary>
    public required string UpstreamName { get; set; }

    /// <summary><c>chat</c>, <c>completion</c>, <c>embedding</c>, <c>tools</c>, <c>vision</c>, <c>json_schema</c>, …</summary>
    public string[] Capabilities { get; set; } = [];

    /// <summary>In tokens; null when unknown.</summary>
    public int? ContextLength { get; set; }

    /// <summary>The most sensitive content that may be placed here; null takes the provider's level.</summary>
    public string? SecurityLevel { get; set; }

    /// <summary>US dollars per million prompt tokens.</summary>
    public decimal PromptPrice { get; set; }

    /// <summary>US dollars per million completion tokens.</summary>
    public decimal CompletionPrice { get; set; }

    /// <summary>US dollars per million prompt tokens read from the provider's cache; null charges the prompt price.</summary>
    public decimal? CachedPromptPrice { get; set; }

    public bool Enabled { get; set; } = true;

    /// <summary>What the provider says about the model, a JSON object.</summary>
    public string? Metadata { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>What one model did on one node in one hour: the basis of placement and of cleaning up unused models.</summary>
public sealed class ModelUsage
{
    public required string Model { get; init; }

    public required string Node { get; init; }

    /// <summary>Start of the hour.</summary>
    public required DateTimeOffset Hour { get; init; }

    public long Requests { get; set; }

    public long Errors { get; set; }

    public long PromptTokens { get; set; }

    public long CompletionTokens { get; set; }

    /// <summary>Sum over the requests, in milliseconds.</summary>
    public double DurationMs { get; set; }

    /// <summary>How often the model had to be loaded into memory.</summary>
    public int Loads { get; set; }

    public required DateTimeOffset LastUsedAt { get; set; }
}

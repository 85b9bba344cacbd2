namespace LlmGateway.Providers.Bedrock;

/// <summary>The families of embedding models whose own form is known; Converse has no embeddings.</summary>
internal enum EmbeddingFamily
{
    None,

    /// <summary>Titan Text Embeddings 1: one text, one length.</summary>
    Titan,

    /// <summary>Titan Text Embeddings 2: one text, several lengths.</summary>
    Titan2,

    /// <summary>Cohere Embed 3: up to 96 texts, one length.</summary>
    Cohere,

    /// <summary>Cohere Embed 4: up to 96 texts, several lengths.</summary>
    Cohere4,
}

internal static class EmbeddingModels
{
    private const int CohereBatch = 96;

    /// <summary>By the name in the id, which may follow a region or stand in an ARN.</summary>
    public static EmbeddingFamily FamilyOf(string model) =>
        model.Contains("amazon.titan-embed-text-v2", StringComparison.Ordinal) ? EmbeddingFamily.Titan2
        : model.Contains("amazon.titan-embed-text-v1", StringComparison.Ordinal) || model.Contains("amazon.titan-embed-g1-text", StringComparison.Ordinal) ? EmbeddingFamily.Titan
        : model.Contains("cohere.embed-v4", StringComparison.Ordinal) ? EmbeddingFamily.Cohere4
        : model.Contains("cohere.embed-", StringComparison.Ordinal) ? EmbeddingFamily.Cohere
        : EmbeddingFamily.None;

    /// <summary>How many texts one call takes.</summary>
    public static int Batch(EmbeddingFamily family) => family is EmbeddingFamily.Cohere or EmbeddingFamily.Cohere4 ? CohereBatch : 1;

    public static bool TakesDimensions(EmbeddingFamily family) => family is EmbeddingFamily.Titan2 or EmbeddingFamily.Cohere4;
}

namespace LlmGateway.Core.Sensitivity;

/// <summary>How far a provider can be trusted with content. Higher values are trusted more.</summary>
public enum SecurityLevel
{
    /// <summary>Public content only.</summary>
    Low,

    /// <summary>Everything that is not sensitive: the usual cloud provider.</summary>
    Medium,

    /// <summary>Sensitive content too: own machines, or a provider under contract.</summary>
    High,
}

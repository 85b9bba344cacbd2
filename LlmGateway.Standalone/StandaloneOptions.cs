namespace LlmGateway.Standalone;

/// <summary>The <c>Standalone</c> section.</summary>
internal sealed class StandaloneOptions
{
    public const string Section = "Standalone";

    /// <summary>Where the generated key is kept; null for the user's folder for application data.</summary>
    public string? DataDirectory { get; set; }
}

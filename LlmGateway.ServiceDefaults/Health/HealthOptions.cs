namespace LlmGateway.ServiceDefaults.Health;

/// <summary>What the health documents of a service tell besides its health.</summary>
public sealed class HealthOptions
{
    /// <summary>
    /// The process's name among its like. With it the documents carry <c>workerId</c>, and readiness a map <c>services</c> beside
    /// <c>checks</c>.
    /// </summary>
    public string? WorkerId { get; set; }
}

namespace LlmGateway.ServiceDefaults.Fleet;

/// <summary>The <c>Service</c> section: what this process is called among its like.</summary>
public sealed class ServiceOptions
{
    public const string Section = "Service";

    /// <summary>Tells this process from all others of the service. Null makes one of the machine's name and the process's id.</summary>
    public string? InstanceId { get; set; }
}

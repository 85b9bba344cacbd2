using LlmGateway.Contracts.Fleet;
using Microsoft.Extensions.Options;

namespace LlmGateway.ServiceDefaults.Fleet;

/// <summary>Announces this process. Its id begins with the service's name, as one process may hold several services.</summary>
internal sealed class ServiceInstanceSource : IFleetSource
{
    public ServiceInstanceSource(string service, IOptions<ServiceOptions> options, TimeProvider time)
    {
        var instance = options.Value.InstanceId is { Length: > 0 } given ? given : $"{Environment.MachineName}-{Environment.ProcessId}";
        Entries = [new ServiceInstance($"{service}-{instance}", service, ProductVersion.Text, Environment.MachineName, time.GetUtcNow())];
    }

    /// <summary>Never: a process is what it is.</summary>
    public event Action? Changed
    {
        add { }
        remove { }
    }

    public IReadOnlyList<FleetEntry> Entries { get; }
}

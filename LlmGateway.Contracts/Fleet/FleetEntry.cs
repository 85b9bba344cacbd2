using System.Text.Json.Serialization;

namespace LlmGateway.Contracts.Fleet;

/// <summary>
/// One thing that a service tells all others: that it is there, what a model server holds, how busy a machine is. An entry lives for
/// a few seconds and is published again and again; one that is not renewed was published by a process that is gone.
/// </summary>
/// <param name="Id">Unique among entries of its kind.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ServiceInstance), ServiceInstance.KindName)]
[JsonDerivedType(typeof(NodeModels), NodeModels.KindName)]
[JsonDerivedType(typeof(HostReadings), HostReadings.KindName)]
public abstract record FleetEntry(string Id)
{
    /// <summary>The kind and the id: what the entry is stored and replaced under.</summary>
    [JsonIgnore]
    public abstract string Key { get; }

    /// <summary>When it was published, by the publisher's clock; for people, nothing is decided by it.</summary>
    public DateTimeOffset PublishedAt { get; init; }
}

/// <summary>A running process of one of the services.</summary>
/// <param name="Id">The instance: unique per process, kept over its life.</param>
/// <param name="Service">The service's name: <c>api</c>, <c>worker</c>, <c>model-manager</c>, <c>system-monitor</c>.</param>
/// <param name="Version">The product's version.</param>
/// <param name="Host">Name of the machine or container.</param>
/// <param name="StartedAt">When the process started.</param>
public sealed record ServiceInstance(string Id, string Service, string Version, string Host, DateTimeOffset StartedAt) : FleetEntry(Id)
{
    public const string KindName = "service";

    [JsonIgnore]
    public override string Key => $"{KindName}/{Id}";
}

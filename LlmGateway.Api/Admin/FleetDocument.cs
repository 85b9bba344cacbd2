using System.Text.Json;
using System.Text.Json.Serialization;
using LlmGateway.Contracts.Fleet;

namespace LlmGateway.Api.Admin;

/// <summary>The answer of <c>GET /admin/fleet</c>.</summary>
/// <param name="ObservedAt">When this replica last read the state.</param>
internal sealed record FleetDocument(
    DateTimeOffset ObservedAt, IReadOnlyList<ServiceInstance> Services, IReadOnlyList<NodeModels> Nodes, IReadOnlyList<HostReadings> Hosts);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(FleetDocument))]
internal sealed partial class FleetDocumentJson : JsonSerializerContext;

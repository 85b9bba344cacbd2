using System.Diagnostics.Metrics;
using LlmGateway.Contracts.Fleet;
using LlmGateway.Core.Resilience;
using LlmGateway.ServiceDefaults.Hosting;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Telemetry;

/// <summary>How the worker itself is. Every value carries the worker's id, so that workers can be told apart on one page.</summary>
internal sealed class WorkerMetrics
{
    public const string MeterName = "LlmGateway.Worker";

    private const string WorkerIdTag = "worker_id";

    private readonly KeyValuePair<string, object?> _id;

    public WorkerMetrics(IMeterFactory meters, IOptions<WorkerOptions> worker, FleetState fleet, TargetRegistry targets, TimeProvider time)
    {
        _id = new(WorkerIdTag, worker.Value.Id);
        var started = time.GetTimestamp();
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("llm_worker.uptime", () => Of(time.GetElapsedTime(started).TotalSeconds), "s", "Worker uptime in seconds");
        meter.CreateObservableGauge("llm_worker.memory.usage", () => Of(Environment.WorkingSet), "By", "Worker memory usage");
        meter.CreateObservableGauge("llm_worker.models_loaded", () => Of(LoadedModels(fleet.Current)), "{model}", "Number of loaded models");
        meter.CreateObservableGauge("llm_worker.circuit_breaker.state", new CircuitReadings(targets, _id).Read, null, "Circuit breaker state");
    }

    /// <summary>Models in memory at nodes that answer; a model that two nodes hold counts twice.</summary>
    private static int LoadedModels(FleetView fleet) => fleet.Nodes.Where(n => n.Reachable).Sum(n => n.Models.Count(m => m.Loaded));

    private Measurement<T> Of<T>(T value)
        where T : struct => new(value, _id);
}

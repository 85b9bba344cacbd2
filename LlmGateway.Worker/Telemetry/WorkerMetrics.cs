using System.Diagnostics.Metrics;
using LlmGateway.Contracts.Fleet;
using LlmGateway.Core.Resilience;
using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.Worker.Jobs;
using Microsoft.Extensions.Options;

namespace LlmGateway.Worker.Telemetry;

/// <summary>How the worker itself is. Every value carries the worker's id, so that workers can be told apart on one page.</summary>
internal sealed class WorkerMetrics
{
    public const string MeterName = "LlmGateway.Worker";

    private const string WorkerIdTag = "worker_id";

    private readonly KeyValuePair<string, object?> _id;
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _duration;

    public WorkerMetrics(IMeterFactory meters, IOptions<WorkerOptions> worker, FleetState fleet, TargetRegistry targets, TimeProvider time)
    {
        _id = new(WorkerIdTag, worker.Value.Id);
        var started = time.GetTimestamp();
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("llm_worker.uptime", () => Of(time.GetElapsedTime(started).TotalSeconds), "s", "Worker uptime in seconds");
        meter.CreateObservableGauge("llm_worker.memory.usage", () => Of(Environment.WorkingSet), "By", "Worker memory usage");
        meter.CreateObservableGauge("llm_worker.models_loaded", () => Of(LoadedModels(fleet.Current)), "{model}", "Number of loaded models");
        meter.CreateObservableGauge("llm_worker.circuit_breaker.state", new CircuitReadings(targets, _id).Read, null, "Circuit breaker state");
        _requests = meter.CreateCounter<long>("llm_worker.requests", "{job}", "Total processed requests");
        _duration = meter.CreateHistogram("llm_worker.request.duration", "s", "Request processing duration", advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600],
        });
    }

    /// <summary>Counts an attempt of a job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="settled">What was written about it.</param>
    /// <param name="duration">How long it ran.</param>
    public void Count(RunningJob job, SettledAs settled, TimeSpan duration)
    {
        var model = new KeyValuePair<string, object?>("model", job.ServedBy ?? "none");
        _requests.Add(1, _id, model, new("queue", job.Row.Queue), new("status", Status(settled)));
        _duration.Record(duration.TotalSeconds, _id, model, new("queue", job.Row.Queue));
    }

    private static string Status(SettledAs settled) => settled switch
    {
        SettledAs.Completed => "success",
        SettledAs.HandedBack => "handed_back",
        SettledAs.DeadLettered => "dead_lettered",
        SettledAs.Nothing => "lost",
        _ => settled.ToString().ToLowerInvariant(),
    };

    /// <summary>Models in memory at nodes that answer; a model that two nodes hold counts twice.</summary>
    private static int LoadedModels(FleetView fleet) => fleet.Nodes.Where(n => n.Reachable).Sum(n => n.Models.Count(m => m.Loaded));

    private Measurement<T> Of<T>(T value)
        where T : struct => new(value, _id);
}

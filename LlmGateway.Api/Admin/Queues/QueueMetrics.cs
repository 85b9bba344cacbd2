using System.Diagnostics.Metrics;
using LlmGateway.Core.Telemetry;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Admin.Queues;

/// <summary>The queues as gauges. A scrape counts nothing: it sees what <see cref="QueueWatcher"/> counted last.</summary>
internal sealed class QueueMetrics
{
    /// <summary>Figures older than this say nothing any more; no value is better than a wrong one.</summary>
    private static readonly TimeSpan UsableFor = TimeSpan.FromMinutes(1);

    private static readonly JobKind[] Kinds = Enum.GetValues<JobKind>();

    private readonly QueueBoard _board;
    private readonly TimeProvider _time;

    public QueueMetrics(IMeterFactory meters, QueueBoard board, TimeProvider time)
    {
        (_board, _time) = (board, time);
        var meter = meters.Create(GatewayTelemetry.SourceName);
        meter.CreateObservableGauge("llm_gateway.queue.size", Sizes, "{job}", "Jobs that have not ended, by queue and state.");
        meter.CreateObservableGauge("llm_gateway.queue.dead_letters", DeadLetters, "{job}", "Jobs that failed as often as they may, by queue.");
    }

    private QueueReading? Reading => _board.Last is { } last && _time.GetElapsedTime(last.Timestamp) < UsableFor ? last : null;

    private IEnumerable<Measurement<long>> Sizes()
    {
        if (Reading is not { } reading)
        {
            yield break;
        }

        foreach (var kind in Kinds)
        {
            var figures = reading.Of(kind);
            yield return Of(kind, "waiting", figures.Waiting);
            yield return Of(kind, "delayed", figures.Delayed);
            yield return Of(kind, "active", figures.Active);
        }
    }

    private IEnumerable<Measurement<long>> DeadLetters() =>
        Reading is { } reading ? Kinds.Select(kind => new Measurement<long>(reading.Of(kind).DeadLetters, Queue(kind))) : [];

    private static Measurement<long> Of(JobKind kind, string state, long value) => new(value, Queue(kind), new("state", state));

    private static KeyValuePair<string, object?> Queue(JobKind kind) => new("queue", Job.QueueOf(kind));
}

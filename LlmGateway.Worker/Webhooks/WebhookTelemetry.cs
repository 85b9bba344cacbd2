using System.Diagnostics;
using System.Diagnostics.Metrics;
using LlmGateway.Core.Telemetry;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Worker.Webhooks;

/// <summary>What became of deliveries.</summary>
internal static class WebhookTelemetry
{
    public const string MeterName = "LlmGateway.Webhooks";
    public const string Delivered = "delivered";

    /// <summary>It failed and is tried again.</summary>
    public const string Failed = "failed";

    public const string GivenUp = "given_up";

    /// <summary>It was put off unsent, because its host, or its API key, is busy with others.</summary>
    public const string Deferred = "deferred";

    private const string JobTag = "llm_gateway.job.id";
    private const string ServerTag = "server.address";
    private const string StatusTag = "http.response.status_code";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Counter<long> Deliveries = Meter.CreateCounter<long>(
        "llm_gateway.webhooks", "{delivery}", "Tries to deliver webhooks, by what became of them.");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "llm_gateway.webhooks.duration", "s", "Time from the lookup of a receiver's name to the head of its answer.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60] });

    public static void Count(string outcome) => Deliveries.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public static void Took(TimeSpan duration, bool delivered) =>
        Duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", delivered ? Delivered : Failed));

    /// <summary>A span that goes on with the trace of the request that made the job. Of the URL it names the host: the rest may be secret.</summary>
    public static Activity? Start(Job job, Uri url)
    {
        _ = ActivityContext.TryParse(job.TraceParent, null, isRemote: true, out var parent);
        var span = GatewayTelemetry.Source.StartActivity("webhook", ActivityKind.Client, parent);
        span?.SetTag(JobTag, job.Id);
        span?.SetTag(ServerTag, url.IdnHost);
        return span;
    }

    public static void End(Activity? span, WebhookAnswer answer)
    {
        if (answer.Status is { } status)
        {
            span?.SetTag(StatusTag, status);
        }

        if (!answer.IsDelivered)
        {
            span?.SetTag(GatewayTelemetry.ErrorTypeTag, answer.Kind);
            span?.SetStatus(ActivityStatusCode.Error, answer.Reason);
        }
    }
}

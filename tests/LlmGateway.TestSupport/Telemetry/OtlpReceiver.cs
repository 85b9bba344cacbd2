using Google.Protobuf;
using LlmGateway.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmGateway.TestSupport.Telemetry;

/// <summary>One span as it came over the wire.</summary>
public sealed record ReceivedSpan(
    string Service, string Scope, string Name, int Kind, string TraceId, string SpanId, string ParentSpanId, IReadOnlyDictionary<string, string> Attributes);

/// <summary>One log record as it came over the wire.</summary>
public sealed record ReceivedLog(string Service, string Body, string TraceId, IReadOnlyDictionary<string, string> Attributes);

/// <summary>
/// A receiver of OpenTelemetry's protocol, OTLP/HTTP with binary protobuf (https://opentelemetry.io/docs/specs/otlp/), on a Kestrel of
/// its own. Keeps what tests look at.
/// </summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<ReceivedSpan> _spans = [];
    private readonly List<ReceivedLog> _logs = [];
    private readonly HashSet<string> _metrics = [];
    private readonly WebApplication _app;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private OtlpReceiver(WebApplication app) => _app = app;

    /// <summary>What <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> must say.</summary>
    public string Endpoint => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>The environment that makes a service send here, soon after things happen.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Endpoint,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
    };

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new OtlpReceiver(app);
        app.MapPost("/v1/traces", (RequestDelegate)(context => receiver.TakeAsync(context, OtlpReader.ReadSpans, receiver._spans.AddRange)));
        app.MapPost("/v1/logs", (RequestDelegate)(context => receiver.TakeAsync(context, OtlpReader.ReadLogs, receiver._logs.AddRange)));
        app.MapPost("/v1/metrics", (RequestDelegate)(context => receiver.TakeAsync(context, OtlpReader.ReadMetricNames, receiver._metrics.UnionWith)));
        await app.StartAsync();
        return receiver;
    }

    /// <summary>Waits for spans that satisfy <paramref name="condition"/>, and returns all there are then.</summary>
    public Task<IReadOnlyList<ReceivedSpan>> WaitForSpansAsync(Func<IReadOnlyList<ReceivedSpan>, bool> condition) => WaitAsync(_spans, condition);

    public Task<IReadOnlyList<ReceivedLog>> WaitForLogsAsync(Func<IReadOnlyList<ReceivedLog>, bool> condition) => WaitAsync(_logs, condition);

    public Task<IReadOnlyList<string>> WaitForMetricsAsync(Func<IReadOnlyList<string>, bool> condition) => WaitAsync(_metrics, condition);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task<IReadOnlyList<T>> WaitAsync<T>(IEnumerable<T> source, Func<IReadOnlyList<T>, bool> condition)
    {
        using var limit = new CancellationTokenSource(TestTimeouts.Default);
        while (true)
        {
            T[] received;
            Task changed;
            lock (_gate)
            {
                received = [.. source];
                changed = _changed.Task;
            }

            if (condition(received))
            {
                return received;
            }

            try
            {
                await changed.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new InvalidOperationException($"Waited in vain; received: {string.Join("\n", received)}");
            }
        }
    }

    private async Task TakeAsync<T>(HttpContext context, Func<CodedInputStream, List<T>> read, Action<IEnumerable<T>> keep)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var items = read(new CodedInputStream(body.ToArray()));
        lock (_gate)
        {
            keep(items);
            (_changed, var changed) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), _changed);
            changed.SetResult();
        }

        context.Response.ContentType = "application/x-protobuf";
    }
}

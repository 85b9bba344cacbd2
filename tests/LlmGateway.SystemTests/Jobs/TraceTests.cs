using LlmGateway.TestGateway;
using LlmGateway.TestGateway.Jobs;
using LlmGateway.TestSupport.Telemetry;
using Xunit.Abstractions;

namespace LlmGateway.SystemTests.Jobs;

/// <summary>
/// What a collector sees of a job: one trace from the request that made it to the call of its model. Across processes: within one, every
/// service's telemetry would hold the spans of all.
/// </summary>
[Collection(SystemCollection.Name)]
public sealed class TraceTests(SystemServers servers, ITestOutputHelper output) : IAsyncLifetime
{
    private const string Api = "LlmGateway.Api";
    private const string Worker = "LlmGateway.Worker";
    private const string Bus = "MassTransit";
    private const string Own = "LlmGateway";

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => servers.EndServicesAsync();

    [Fact]
    public async Task Job_IsOneTrace_FromItsSubmissionToTheCallOfItsModel()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        // One sweep, at the start of the worker, and none after it: the only hint of the job is that of its submission.
        var system = await JobSystem.StartAsync(
            servers, new JobServices(Workers: 1, Runs.AsProcess, Runs.AsProcess), [("Worker:SweepInterval", "00:01:00"), .. receiver.Environment.Select(pair => (pair.Key, pair.Value))]);
        for (var i = 0; i < 3; i++)
        {
            await system.Client.WaitForEndAsync(await system.Client.SubmitAsync("!echo first"));
        }

        var id = await system.Client.SubmitAsync("!echo traced");
        Assert.Equal("completed", JobClient.Status(await system.Client.WaitForEndAsync(id)));

        var spans = await receiver.WaitForSpansAsync(all =>
            JobOf(all, id) is { TraceId: var run }
            && all.Any(span => span.TraceId == run && span is { Service: Worker, Scope: Bus } && span.Name.EndsWith("receive", StringComparison.Ordinal))
            && all.Any(span => span.TraceId == run && span is { Service: Api, Name: "POST /v1/chat/jobs" })
            && all.Any(span => span.TraceId == run && span is { Service: Api, Scope: Own }));
        var trace = JobOf(spans, id)!.TraceId;
        var own = spans.Where(span => span.TraceId == trace).ToArray();
        foreach (var span in own)
        {
            output.WriteLine($"{span.Service} {span.Scope} '{span.Name}' kind {span.Kind}: {span.SpanId} below {span.ParentSpanId}");
        }

        var call = Assert.Single(own, span => span is { Service: Worker, Scope: "System.Net.Http" });
        var model = Assert.Single(own, span => span is { Service: Worker, Scope: Own, Name: "chat sim-job" });
        var job = Assert.Single(own, span => span is { Service: Worker, Scope: Own, Name: "job chat" });
        var receive = Assert.Single(own, span => span is { Service: Worker, Scope: Bus } && span.Name.EndsWith("receive", StringComparison.Ordinal));
        var send = Assert.Single(own, span => span is { Service: Api, Scope: Bus } && span.Name.EndsWith("send", StringComparison.Ordinal));
        var request = Assert.Single(own, span => span is { Service: Api, Name: "POST /v1/chat/jobs" });
        Assert.Equal(model.SpanId, call.ParentSpanId);
        Assert.Equal(job.SpanId, model.ParentSpanId);
        Assert.Contains(receive, Ancestors(own, job));
        Assert.Contains(send, Ancestors(own, receive));
        Assert.Contains(request, Ancestors(own, send));
        Assert.Equal("", request.ParentSpanId);
        Assert.Equal(id, job.Attributes["llm_gateway.job.id"]);
        // What the provider saw goes on from the call.
        Assert.Contains(servers.Simulator.Requests, seen => seen.Headers.Any(
            header => header.Key.Equals("traceparent", StringComparison.OrdinalIgnoreCase) && header.Value == $"00-{trace}-{call.SpanId}-01"));
        Assert.Equal([trace], await system.QueryAsync<string>($"select trace_id from usage where job_id = '{id}'"));
    }

    private static ReceivedSpan? JobOf(IReadOnlyList<ReceivedSpan> spans, string id) =>
        spans.SingleOrDefault(span => span.Name == "job chat" && span.Attributes["llm_gateway.job.id"] == id);

    private static IEnumerable<ReceivedSpan> Ancestors(ReceivedSpan[] spans, ReceivedSpan of)
    {
        while (spans.SingleOrDefault(span => span.SpanId == of.ParentSpanId) is { } parent)
        {
            yield return of = parent;
        }
    }
}

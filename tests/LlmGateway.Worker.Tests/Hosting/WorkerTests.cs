using System.Text.Json;
using LlmGateway.Contracts.Fleet;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Routing;
using LlmGateway.Data.Jobs;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.Simulator;
using LlmGateway.TestSupport;
using LlmGateway.Worker.Hosting;
using LlmGateway.Worker.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmGateway.Worker.Tests.Hosting;

/// <summary>The service as a whole: its health, its metrics, its spine.</summary>
public class WorkerTests
{
    private static Task<TestHost> StartAsync(params (string Name, string? Value)[] settings) => TestHost.StartAsync(
        builder => builder.AddWorker(), app => app.MapWorker(), settings);

    private static string[] Names(JsonElement document) => [.. document.EnumerateObject().Select(p => p.Name)];

    [Theory]
    [InlineData("/health", "healthy", new[] { "status", "timestamp", "uptime", "workerId", "version" })]
    [InlineData("/health/live", "alive", new[] { "status", "timestamp", "uptime", "workerId" })]
    [InlineData("/alive", "alive", new[] { "status", "timestamp", "uptime", "workerId" })]
    public async Task TheProcess_SaysWhoItIs(string path, string expected, string[] names)
    {
        await using var worker = await StartAsync(("Worker:Id", "llm-worker-1"));
        var (status, document) = await worker.GetJsonAsync(path);
        Assert.Equal(200, status);
        Assert.Equal(names, Names(document));
        Assert.Equal((expected, "llm-worker-1"), (document.GetProperty("status").GetString(), document.GetProperty("workerId").GetString()));
        Assert.Equal(TimeSpan.Zero, document.GetProperty("timestamp").GetDateTimeOffset().Offset);
        Assert.InRange(document.GetProperty("uptime").GetInt64(), 0, 3600);
    }

    [Fact]
    public async Task Readiness_TellsOfEachCheck_AndOfProvidersByTypeOnly()
    {
        await using var simulator = await SimulatorServer.StartAsync();
        await using var worker = await StartAsync(
            ("WORKER_ID", "w-7"), ("OLLAMA_BASE_URL", simulator.BaseAddress.ToString()),
            ("Providers:dead:Type", "openai"), ("Providers:dead:BaseUrl", "http://127.0.0.1:9/v1"));
        var (status, document) = await worker.WaitForReadinessAsync(d => d.GetProperty("status").GetString() != "not_ready");
        Assert.Equal(200, status);
        Assert.Equal(["status", "timestamp", "uptime", "workerId", "services", "checks"], Names(document));
        Assert.Equal(("degraded", "w-7"), (document.GetProperty("status").GetString(), document.GetProperty("workerId").GetString()));
        Assert.Equal("""{"providers":"degraded","openai":"unhealthy","ollama":"healthy"}""", document.GetProperty("services").GetRawText());
        Assert.Equal("""{"defects":{"status":"healthy"},"providers":{"status":"degraded","description":"1 of 2 providers cannot be used."},"settings":{"status":"healthy"}}""", document.GetProperty("checks").GetRawText());
        Assert.DoesNotContain("dead", document.GetRawText(), StringComparison.Ordinal);
        Assert.NotNull(worker.Services.GetRequiredService<ModelDirectory>().Current.Find("sim-small"));
    }

    [Fact]
    public async Task WithoutAnId_TheWorkerHasOneOfItsOwn()
    {
        await using var worker = await StartAsync();
        var (_, document) = await worker.GetJsonAsync("/health");
        Assert.Equal($"{Environment.MachineName}-{Environment.ProcessId}", document.GetProperty("workerId").GetString());
    }

    [Fact]
    public async Task ChecksOfServers_AreToldByTheirRole()
    {
        await using var worker = await TestHost.StartAsync(
            builder =>
            {
                builder.AddWorker();
                builder.Services.AddHealthChecks()
                    .AddCheck("redis", () => HealthCheckResult.Healthy())
                    .AddCheck("gatewaydb", () => HealthCheckResult.Degraded("slow"))
                    .AddCheck("rabbitmq", () => HealthCheckResult.Healthy());
            },
            app => app.MapWorker());
        var (_, document) = await worker.WaitForReadinessAsync(d => d.GetProperty("status").GetString() == "degraded");
        Assert.Equal("""{"providers":"healthy","redis":"healthy","database":"degraded","queue":"healthy"}""", document.GetProperty("services").GetRawText());
        Assert.Equal(["defects", "providers", "settings", "redis", "gatewaydb", "rabbitmq"], Names(document.GetProperty("checks")));
    }

    [Fact]
    public async Task Metrics_TellOfTheWorkerUnderItsId()
    {
        await using var worker = await TestHost.StartAsync(
            builder =>
            {
                builder.AddWorker();
                builder.Services.AddSingleton<IFleetSource, TwoNodes>();
            },
            app => app.MapWorker(),
            ("Worker:Id", "llm-worker-1"));
        var fleet = worker.Services.GetRequiredService<FleetState>();
        await Eventually.IsTrueAsync(() => fleet.Current.Nodes.Count == 2, "the nodes are seen");
        Assert.Equal(("worker", "worker-llm-worker-1"), (Assert.Single(fleet.Current.Services).Service, fleet.Current.Services[0].Id));
        var text = await worker.Client.GetStringAsync("/metrics");
        Assert.Contains("# TYPE llm_worker_models_loaded gauge\nllm_worker_models_loaded{worker_id=\"llm-worker-1\"} 2\n", text, StringComparison.Ordinal);
        Assert.Matches("# TYPE llm_worker_memory_usage_bytes gauge\nllm_worker_memory_usage_bytes\\{worker_id=\"llm-worker-1\"\\} [1-9][0-9]{6,}\n", text);
        Assert.Matches("# TYPE (llm_worker_uptime_seconds) gauge\n\\1\\{worker_id=\"llm-worker-1\"\\} [0-9]", text);
    }

    [Fact]
    public async Task Metrics_TellOfTheCircuitsOfTargetsThatWereCalled()
    {
        await using var simulator = await SimulatorServer.StartAsync();
        await using var worker = await StartAsync(("Worker:Id", "llm-worker-1"), ("OLLAMA_BASE_URL", simulator.BaseAddress.ToString()), ("ENABLE_CIRCUIT_BREAKER", "true"));
        await worker.WaitForReadinessAsync(d => d.GetProperty("status").GetString() == "ready");
        Assert.Null(RequestReader.Read(Operation.Chat, """{"model":"sim-small","messages":[{"role":"user","content":"hi"}]}"""u8.ToArray(), out var view));
        var request = new GatewayRequest("r", view, new Caller("worker"), CancellationToken.None) { StartTimestamp = TimeProvider.System.GetTimestamp() };
        await using (var answer = await worker.Services.GetRequiredService<GatewayPipeline>().AnswerAsync(request))
        {
            Assert.IsType<JsonAnswer>(answer);
        }

        var text = await worker.Client.GetStringAsync("/metrics");
        Assert.Contains("# HELP llm_worker_circuit_breaker_state Circuit breaker state\n# TYPE llm_worker_circuit_breaker_state gauge\n", text, StringComparison.Ordinal);
        Assert.Matches("llm_worker_circuit_breaker_state\\{circuit=\"ollama:sim-small(:latest)?\",state=\"closed\",worker_id=\"llm-worker-1\"\\} 1\n", text);
    }

    [Fact]
    public async Task AWorkerOfJobs_SaysWhetherTheyCanBeClaimed_AndCountsThem()
    {
        await using var simulator = await SimulatorServer.StartAsync();
        await using var worker = await TestHost.StartAsync(
            builder =>
            {
                builder.AddWorker();
                builder.Services.AddInMemoryJobs();
                builder.AddJobEventLog();
                builder.AddJobHints();
                builder.AddJobProcessing();
                builder.Services.AddHealthChecks().AddCheck("redis", () => HealthCheckResult.Healthy());
            },
            app => app.MapWorker(),
            ("Worker:Id", "llm-worker-1"), ("OLLAMA_BASE_URL", simulator.BaseAddress.ToString()), ("Worker:SweepInterval", "00:00:00.05"));
        var (_, document) = await worker.WaitForReadinessAsync(d => d.GetProperty("status").GetString() == "ready");
        var services = document.GetProperty("services");
        foreach (var name in new[] { "redis", "ollama", "queue" })
        {
            Assert.Equal("healthy", services.GetProperty(name).GetString());
        }

        var now = TimeProvider.System.GetUtcNow();
        var job = new Job
        {
            Id = "job_1", Kind = JobKind.Chat, Model = "sim-small", QueueAt = now, RunAfter = now, CreatedAt = now,
            Request = """{"model":"sim-small","messages":[{"role":"user","content":"!echo hi"}]}"""u8.ToArray(),
        };
        var store = worker.Services.GetRequiredService<IJobStore>();
        await store.AddAsync(job, default);
        await Eventually.IsTrueAsync(async () => (await store.FindAsync(job.Id, null, default))!.Status == JobStatus.Completed, "the job is done");
        var text = "";
        await Eventually.IsTrueAsync(
            async () => (text = await worker.Client.GetStringAsync("/metrics")).Contains("llm_worker_requests_total", StringComparison.Ordinal), "it is counted");
        Assert.Matches("llm_worker_requests_total\\{model=\"sim-small(:latest)?\",queue=\"chat\",status=\"success\",worker_id=\"llm-worker-1\"\\} 1\n", text);
        Assert.Matches("llm_worker_request_duration_seconds_count\\{model=\"sim-small(:latest)?\",queue=\"chat\",worker_id=\"llm-worker-1\"\\} 1\n", text);
    }

    [Fact]
    public async Task EveryMistake_IsListedAtOnce()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(
            ("Worker:Id", new string('x', 200)), ("Providers:one:Type", "opnai"), ("Providers:one:BaseUrl", "nowhere")));
        foreach (var expected in new[] { "Worker:Id must have at most 128", "Providers:one:Type is 'opnai'", "Providers:one:BaseUrl is 'nowhere'" })
        {
            Assert.Contains(expected, error.ToString(), StringComparison.Ordinal);
        }
    }

    private sealed class TwoNodes : IFleetSource
    {
        public event Action? Changed
        {
            add { }
            remove { }
        }

        public IReadOnlyList<FleetEntry> Entries { get; } =
        [
            new NodeModels("a") { BaseUrl = "http://a", Reachable = true, Models = [new("x", 1, true), new("y", 1, false), new("z", 1, true)] },
            new NodeModels("b") { BaseUrl = "http://b", Reachable = false, Models = [new("x", 1, true)] },
        ];
    }
}

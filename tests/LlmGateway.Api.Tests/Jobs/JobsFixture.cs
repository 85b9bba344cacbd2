using System.Collections.Concurrent;
using System.Text.Json;
using LlmGateway.Contracts.Jobs;
using LlmGateway.Data.Audit;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Journal;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.ServiceDefaults.Webhooks;
using LlmGateway.Simulator;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Api.Tests.Jobs;

/// <summary>A gateway whose jobs nobody runs: what a test wants of them it does to <see cref="Store"/>.</summary>
public sealed class JobsFixture : IAsyncLifetime
{
    public const string OtherKey = "sk-other-0123456789abcdef";
    public const string ChatPath = "/v1/chat/jobs";
    public const string EmbeddingsPath = "/v1/embeddings/jobs";

    private readonly Records _records = new();
    private SimulatorServer _simulator = null!;

    internal FakeJobStore Store { get; } = new();

    internal Log Events { get; } = new();

    internal ConcurrentQueue<JobReady> Hints { get; } = new();

    internal IReadOnlyCollection<AuditRecord> Audit => _records.Rows;

    public TestGateway Gateway { get; private set; } = null!;

    public HttpClient Other { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _simulator = await SimulatorServer.StartAsync();
        Gateway = await TestGateway.StartAsync(
            [
                ("Authentication:Keys:test:Key", TestGateway.Key), ("Authentication:Keys:other:Key", OtherKey),
                ("Providers:up:Type", "openai"), ("Providers:up:BaseUrl", _simulator.BaseAddress + "v1"),
                ("Providers:up:Models:chatty:UpstreamName", "sim-small"), ("Providers:up:Models:chatty:Capabilities:0", "chat"),
                ("Providers:up:Models:chatty:ContextLength", "4096"),
                ("Providers:down:Type", "openai"), ("Providers:down:BaseUrl", "http://127.0.0.1:1/v1"), ("Providers:down:Discover", "false"),
                ("Providers:down:Models:away:ContextLength", "4096"),
                ("Providers:down:Models:embedder:Capabilities:0", "embeddings"),
                ("Providers:safe:Type", "openai"), ("Providers:safe:BaseUrl", "http://127.0.0.1:1/v1"), ("Providers:safe:Discover", "false"),
                ("Providers:safe:SecurityLevel", "high"), ("Providers:safe:Models:vault:ContextLength", "4096"),
                ("Sensitivity:Enabled", "true"), ("Server:MaxRequestBodyBytes", "1048576"),
                ("Jobs:MaxAttempts", "5"), ("Jobs:NormalDelay", "00:01:00"), ("Jobs:LowDelay", "00:10:00"),
            ],
            services =>
            {
                services.AddSingleton<IJobStore>(Store);
                services.AddSingleton<IJobEventLog>(Events);
                services.AddSingleton<IJobHints>(new HintList(Hints));
                services.AddSingleton<IWebhookTargets>(new Targets());
                services.AddSingleton<IRecordWriter<AuditRecord>>(_records);
                services.AddSingleton<RoutingAudit>();
            });
        Other = Gateway.NewClient(OtherKey);
        await Gateway.ReadyAsync();
    }

    public async Task DisposeAsync()
    {
        Other.Dispose();
        await Gateway.DisposeAsync();
        await _simulator.DisposeAsync();
    }

    public Task<HttpResponseMessage> SubmitAsync(string body, string path = ChatPath, params (string Name, string Value)[] headers) =>
        SubmitAsync(Gateway.Client, body, path, headers);

    public static async Task<HttpResponseMessage> SubmitAsync(HttpClient client, string body, string path = ChatPath, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Content = Json.Content(body);
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return await client.SendAsync(request);
    }

    /// <summary>Submits and expects that to go well.</summary>
    public async Task<string> AcceptAsync(string body, string path = ChatPath, params (string Name, string Value)[] headers)
    {
        using var response = await SubmitAsync(body, path, headers);
        return (await DocumentAsync(response, 202)).GetProperty("id").GetString()!;
    }

    public static async Task<JsonElement> DocumentAsync(HttpResponseMessage response, int status)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} instead of {status}: {text}");
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        return Json.Parse(text);
    }

    internal sealed class Log : IJobEventLog
    {
        public ConcurrentQueue<string> Notified { get; } = new();

        public bool IsAway { get; set; }

        public ValueTask NotifyAsync(string jobId, CancellationToken cancellationToken)
        {
            Notified.Enqueue(jobId);
            return IsAway ? throw new JobLogUnavailableException("away") : ValueTask.CompletedTask;
        }

        public ValueTask<int> AppendAsync(string jobId, int attempt, int first, IReadOnlyList<ReadOnlyMemory<byte>> events, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<JobEvent>> ReadAsync(string jobId, JobEventId after, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IDisposable Watch(string jobId, Action changed) => throw new NotSupportedException();

        public ValueTask ForgetAsync(string jobId, TimeSpan delay, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class HintList(ConcurrentQueue<JobReady> hints) : IJobHints
    {
        public void Send(JobReady hint) => hints.Enqueue(hint);

        public ValueTask<long?> CountAsync(string queue, CancellationToken cancellationToken) => ValueTask.FromResult<long?>(null);
    }

    private sealed class Targets : IWebhookTargets
    {
        public string? Refusal(string url) => url.StartsWith("https://", StringComparison.Ordinal) ? null : "only https is called.";
    }

    private sealed class Records : IRecordWriter<AuditRecord>
    {
        public ConcurrentQueue<AuditRecord> Rows { get; } = new();

        public void Write(AuditRecord row) => Rows.Enqueue(row);
    }
}

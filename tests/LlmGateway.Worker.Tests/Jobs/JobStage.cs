using System.Text;
using System.Text.Json;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Routing;
using LlmGateway.Data.Jobs;
using LlmGateway.Providers;
using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.Simulator;
using LlmGateway.Simulator.Models;
using LlmGateway.TestSupport;
using LlmGateway.Worker.Jobs;
using LlmGateway.Worker.Webhooks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.Worker.Tests.Jobs;

/// <summary>A worker before a Simulator, with stores in memory. Its services run once <see cref="RunAsync"/> has been called, else a test does it all.</summary>
internal sealed class JobStage : IAsyncDisposable
{
    public const string ChatPath = "/v1/chat/completions";

    private readonly IHost _host;
    private readonly InMemoryJobs _jobs;
    private int _number;
    private bool _runs;

    private JobStage(SimulatorServer simulator, (string Name, string? Value)[] settings)
    {
        Simulator = simulator;
        (string Name, string? Value)[] all =
        [
            ("Providers:up:Type", "openai"), ("Providers:up:BaseUrl", simulator.BaseAddress + "v1"), ("Providers:up:SecurityLevel", "medium"),
            ("Routing:AttemptsPerTarget", "1"), ("Routing:CircuitBreaker:Enabled", "false"), ("Worker:Id", "w1"),
            .. settings,
        ];
        var builder = Host.CreateEmptyApplicationBuilder(null);
        // Of two values for one setting the later counts.
        builder.Configuration.AddInMemoryCollection(all.GroupBy(s => s.Name).Select(s => KeyValuePair.Create(s.Key, s.Last().Value)));
        builder.Services.AddLogging();
        builder.Services.AddMetrics();
        builder.AddWorkerIdentity();
        builder.Services.AddInMemoryJobs();
        builder.Services.AddSingleton(services => new WatchedLeases(new InMemoryJobLeases(services.GetRequiredService<InMemoryJobs>())));
        builder.Services.AddSingleton<IJobLeases>(services => services.GetRequiredService<WatchedLeases>());
        builder.Services.AddSingleton<IJobEventLog>(Log);
        builder.AddJobHints();
        builder.AddJobProcessing();
        builder.Services.AddSingleton<IWebhookNudge>(Nudges);
        builder.Services.AddGateway(builder.Configuration).AddProviderDialects();
        _host = builder.Build();
        _jobs = Get<InMemoryJobs>();
        Leases = Get<WatchedLeases>();
    }

    public SimulatorServer Simulator { get; }

    public FaultyLog Log { get; } = new();

    /// <summary>How often the delivery of webhooks was woken.</summary>
    public CountingNudge Nudges { get; } = new();

    public WatchedLeases Leases { get; }

    public LeaseKeeper Keeper => Get<LeaseKeeper>();

    public JobSlots Slots => Get<JobSlots>();

    /// <summary>Chats that the Simulator was asked for.</summary>
    public int Asked => Simulator.Requests.Count(request => request.Path == ChatPath);

    public static async Task<JobStage> StartAsync(params (string Name, string? Value)[] settings)
    {
        var simulator = await SimulatorServer.StartAsync(new SimulatorOptions
        {
            Models =
            [
                new SimulatedModel { Name = "sim-fast", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 0, ContextLength = 1_000_000 },
                new SimulatedModel { Name = "sim-slow", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 5 },
                new SimulatedModel { Name = "sim-embed", FirstTokenDelay = TimeSpan.Zero, Capabilities = LlmGateway.Simulator.Models.ModelCapabilities.Embedding, ContextLength = 1_000_000 },
            ],
        });
        var stage = new JobStage(simulator, settings);
        await stage.Get<ModelDirectory>().RefreshAsync(default);
        return stage;
    }

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    /// <summary>Has the worker's services run.</summary>
    public async Task<JobStage> RunAsync()
    {
        _runs = true;
        await _host.StartAsync();
        return this;
    }

    public Task StopAsync()
    {
        _runs = false;
        return _host.StopAsync();
    }

    public static string Chat(string text, string model = "sim-fast", string more = "") =>
        $$$"""{"model":"{{{model}}}","messages":[{"role":"user","content":{{{JsonSerializer.Serialize(text)}}}}]{{{more}}}}""";

    /// <summary>Puts a job into the queue; what is given back is its row.</summary>
    public Job Add(string request, JobKind kind = JobKind.Chat, string? sensitivity = null, int maxAttempts = 3, int queueAt = 0, string? webhook = null)
    {
        var now = _jobs.Now;
        var job = new Job
        {
            Id = $"job_{Interlocked.Increment(ref _number)}", Kind = kind, Model = "", Request = Encoding.UTF8.GetBytes(request), ApiKeyId = "key", Owner = "ada",
            QueueAt = now.AddSeconds(queueAt), RunAfter = now, CreatedAt = now, ExpiresAt = now.AddDays(1), Sensitivity = sensitivity, MaxAttempts = maxAttempts,
            WebhookUrl = webhook,
        };
        Change(() => _jobs.Jobs[job.Id] = job);
        return job;
    }

    /// <summary>Looks at or changes rows while nobody else does.</summary>
    public void Change(Action change)
    {
        lock (_jobs.Gate)
        {
            change();
        }
    }

    /// <summary>Runs the next job of the kind to whatever end.</summary>
    public Task<bool> RunNextAsync(JobKind kind = JobKind.Chat) => Slots.RunNextAsync(kind, TestTimeouts.Token());

    /// <summary>Runs a job of its own to whatever end.</summary>
    public async Task<Job> DoAsync(string request, JobKind kind = JobKind.Chat)
    {
        var job = Add(request, kind);
        Assert.True(await RunNextAsync(kind));
        return job;
    }

    public Task UntilAsync(Job job, JobStatus status) => Eventually.IsTrueAsync(() => job.Status == status, $"{job.Id} is {status}");

    /// <summary>The whole answer to the same request at once.</summary>
    public async Task<JsonElement> AskAsync(string request)
    {
        Assert.Null(RequestReader.Read(Operation.Chat, Encoding.UTF8.GetBytes(request), out var view));
        var call = new GatewayRequest("r", view!, new Caller("key"), CancellationToken.None) { StartTimestamp = TimeProvider.System.GetTimestamp() };
        await using var answer = await Get<GatewayPipeline>().AnswerAsync(call);
        return Json(Assert.IsType<JsonAnswer>(answer).Body.ToArray());
    }

    public static JsonElement Json(byte[]? document) => JsonDocument.Parse(document!).RootElement.Clone();

    /// <summary>The error object of the job.</summary>
    public static string? ErrorCode(Job job) => Json(Encoding.UTF8.GetBytes(job.Error!)).GetProperty("error").GetProperty("code").GetString();

    public async ValueTask DisposeAsync()
    {
        if (_runs)
        {
            await _host.StopAsync();
        }

        _host.Dispose();
        await Simulator.DisposeAsync();
    }

    internal sealed class CountingNudge : IWebhookNudge
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public void Wake() => Interlocked.Increment(ref _count);
    }
}

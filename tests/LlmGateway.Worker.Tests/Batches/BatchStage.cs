using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using LlmGateway.Core.Pipeline;
using LlmGateway.Data.Files;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Journal;
using LlmGateway.Data.Usage;
using LlmGateway.Providers;
using LlmGateway.Simulator;
using LlmGateway.Simulator.Models;
using LlmGateway.Worker.Batches;
using LlmGateway.Worker.Jobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Worker.Tests.Batches;

/// <summary>A handler of batches on a spine before a Simulator, with stores in memory.</summary>
internal sealed class BatchStage : IAsyncDisposable, IRecordWriter<UsageRecord>
{
    public const string Chat = "/v1/chat/completions";

    private readonly ServiceProvider _services;
    private readonly InMemoryJobs _jobs;
    private int _batches;

    private BatchStage(SimulatorServer simulator, (string Name, string? Value)[] settings)
    {
        Simulator = simulator;
        (string Name, string? Value)[] all =
        [
            ("Providers:up:Type", "openai"), ("Providers:up:BaseUrl", simulator.BaseAddress + "v1"), ("Providers:up:Discover", "false"),
            ("Providers:up:Models:sim-fast:UpstreamName", "sim-fast"), ("Providers:up:Models:sim-slow:UpstreamName", "sim-slow"),
            ("Routing:AttemptsPerTarget", "1"), ("Routing:CircuitBreaker:Enabled", "false"),
            ("Batches:LineBackoff", "00:00:00.02"), ("Batches:MaxLineBackoff", "00:00:00.1"), ("Batches:CollectTimeout", "00:00:00.05"),
            .. settings,
        ];
        // Of two values for one setting the later counts.
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(all.GroupBy(s => s.Name).Select(s => KeyValuePair.Create(s.Key, s.Last().Value))).Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddGateway(configuration).AddProviderDialects();
        services.AddSingleton<IRecordWriter<UsageRecord>>(this);
        services.AddInMemoryJobs();
        services.AddSingleton(provider => new WatchedItems(new InMemoryBatchItems(provider.GetRequiredService<InMemoryJobs>(), this)));
        services.AddSingleton<IBatchItems>(provider => provider.GetRequiredService<WatchedItems>());
        services.AddBatches(configuration);
        _services = services.BuildServiceProvider();
        _jobs = _services.GetRequiredService<InMemoryJobs>();
        Items = _services.GetRequiredService<WatchedItems>();
        Files = _services.GetRequiredService<IFileStore>();
    }

    public SimulatorServer Simulator { get; }

    public WatchedItems Items { get; }

    public IFileStore Files { get; }

    public ConcurrentQueue<UsageRecord> Charges { get; } = new();

    /// <summary>Chats that the Simulator was asked for.</summary>
    public int Asked => Simulator.Requests.Count(request => request.Path == Chat);

    public static async Task<BatchStage> StartAsync(params (string Name, string? Value)[] settings)
    {
        var simulator = await SimulatorServer.StartAsync(new SimulatorOptions
        {
            RecordedRequests = 5000,
            Models =
            [
                new SimulatedModel { Name = "sim-fast", FirstTokenDelay = TimeSpan.Zero, TokensPerSecond = 0, ContextLength = 1_000_000 },
                new SimulatedModel { Name = "sim-slow", FirstTokenDelay = TimeSpan.FromMinutes(5) },
            ],
        });
        return new BatchStage(simulator, settings);
    }

    public static string Line(int number, string model = "sim-fast", string? customId = null, string url = Chat) =>
        $$$"""{"custom_id":"{{{customId ?? $"c{number}"}}}","method":"POST","url":"{{{url}}}","body":{"model":"{{{model}}}","messages":[{"role":"user","content":"!echo answer {{{number}}}"}]}}""";

    /// <summary>A batch that waits, with its input file stored in pieces of odd size.</summary>
    public async Task<Job> CreateAsync(IEnumerable<string> lines, string? sensitivity = null, string? acceptedUnder = null, string[]? allowedModels = null)
    {
        var number = ++_batches;
        var content = Encoding.UTF8.GetBytes(string.Join("\n", lines));
        var file = new StoredFile { Id = $"file-{number}", ApiKeyId = "key", Filename = "in.jsonl", Purpose = "batch", CreatedAt = TimeProvider.System.GetUtcNow() };
        await Files.BeginAsync(file, default);
        var pieces = content.Chunk(10_007).ToArray();
        for (var i = 0; i < pieces.Length; i++)
        {
            await Files.AppendAsync(file.Id, i, pieces[i], default);
        }

        await Files.CompleteAsync(file.Id, content.Length, default);
        var job = new Job
        {
            Id = $"batch_{number}", Kind = JobKind.Batch, Model = "", Request = [], ApiKeyId = "key", Owner = "ada", InputFileId = file.Id, Endpoint = Chat,
            QueueAt = TimeProvider.System.GetUtcNow(), RunAfter = TimeProvider.System.GetUtcNow(), CreatedAt = TimeProvider.System.GetUtcNow(),
            ExpiresAt = TimeProvider.System.GetUtcNow().AddDays(1), Sensitivity = sensitivity, AcceptedUnder = acceptedUnder, AllowedModels = allowedModels,
        };
        lock (_jobs.Gate)
        {
            _jobs.Jobs[job.Id] = job;
        }

        return job;
    }

    /// <summary>The batch in the hands of this worker; whoever had it before has lost it.</summary>
    public RunningJob Claim(string id, string worker, DateTimeOffset? expiresAt = null, DateTimeOffset? claimedAt = null)
    {
        lock (_jobs.Gate)
        {
            var job = _jobs.Jobs[id];
            job.Status = JobStatus.Running;
            job.Attempt++;
            job.LeaseOwner = worker;
            var row = new Job
            {
                Id = job.Id, Kind = job.Kind, Status = job.Status, Model = "", Request = [], ApiKeyId = job.ApiKeyId, Owner = job.Owner, InputFileId = job.InputFileId,
                Endpoint = job.Endpoint, QueueAt = job.QueueAt, RunAfter = job.RunAfter, CreatedAt = job.CreatedAt, ExpiresAt = expiresAt ?? job.ExpiresAt,
                Sensitivity = job.Sensitivity, AcceptedUnder = job.AcceptedUnder, AllowedModels = job.AllowedModels, Phase = job.Phase, ItemsTotal = job.ItemsTotal, ItemsCompleted = job.ItemsCompleted, ItemsFailed = job.ItemsFailed,
                CancelRequestedAt = job.CancelRequestedAt, Attempt = job.Attempt, LeaseOwner = worker,
                ClaimedAt = claimedAt,
            };
            return new RunningJob(row, new JobLease(id, worker, job.Attempt));
        }
    }

    public Task<JobOutcome> RunAsync(RunningJob job) => _services.GetRequiredService<IJobHandler>().RunAsync(job);

    /// <summary>Runs the batch to an end that counts.</summary>
    public async Task<JobEnd> EndAsync(Job job, string worker = "w1") => Assert.IsType<JobOutcome.Ended>(await RunAsync(Claim(job.Id, worker))).End;

    /// <summary>The lines of a file that was written.</summary>
    public async Task<JsonElement[]> ReadAsync(string? id)
    {
        var file = await Files.FindAsync(id!, "key", default);
        Assert.Equal("batch_output", file!.Purpose);
        using var content = new MemoryStream();
        for (var i = 0; await Files.ReadAsync(id!, i, default) is { } piece; i++)
        {
            Assert.True(piece.Length <= 256 * 1024);
            content.Write(piece);
        }

        Assert.Equal(file.Bytes, content.Length);
        var text = Encoding.UTF8.GetString(content.ToArray());
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        return [.. text.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Simulator.DisposeAsync();
    }

    void IRecordWriter<UsageRecord>.Write(UsageRecord row) => Charges.Enqueue(row);
}

using LlmGateway.Data.Jobs;
using LlmGateway.Data.Journal;
using LlmGateway.Data.Tests.Support;
using LlmGateway.Data.Usage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace LlmGateway.Data.Tests.Jobs;

/// <summary>The stores on a real server. A class keeps its database, and begins each test with empty tables.</summary>
internal sealed class PostgresJobStage : JobStage
{
    private readonly TestDatabase _database;
    private readonly ServiceProvider _services;

    private PostgresJobStage(TestDatabase database)
    {
        _database = database;
        _services = new ServiceCollection()
            .AddSingleton(NpgsqlDataSource.Create(database.ConnectionString))
            .AddDbContext<GatewayDbContext>((services, options) => options.UseNpgsql(services.GetRequiredService<NpgsqlDataSource>()))
            .AddSingleton<IRecordWriter<UsageRecord>>(Refused)
            .AddDatabaseJobs()
            .BuildServiceProvider();
    }

    /// <summary>Usage rows that the database refused.</summary>
    public RefusedRows Refused { get; } = new();

    public override IJobLeases Leases => _services.GetRequiredService<IJobLeases>();

    public override IWebhookOutbox Outbox => _services.GetRequiredService<IWebhookOutbox>();

    public override DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public static async Task<PostgresJobStage> CreateAsync(TestDatabase database)
    {
        var stage = new PostgresJobStage(database);
        await stage.ExecuteAsync("truncate jobs, queues, usage cascade");
        return stage;
    }

    public override async Task PutAsync(params Job[] jobs)
    {
        using var scope = _services.CreateScope();
        var context = scope.ServiceProvider.GetRequiredService<GatewayDbContext>();
        context.Jobs.AddRange(jobs);
        await context.SaveChangesAsync();
    }

    public override async Task<Job?> FindAsync(string id)
    {
        using var scope = _services.CreateScope();
        return await scope.ServiceProvider.GetRequiredService<GatewayDbContext>().Jobs.AsNoTracking().SingleOrDefaultAsync(job => job.Id == id);
    }

    public override async Task ChangeAsync(string id, Action<Job> change)
    {
        using var scope = _services.CreateScope();
        var context = scope.ServiceProvider.GetRequiredService<GatewayDbContext>();
        change(await context.Jobs.SingleAsync(job => job.Id == id));
        await context.SaveChangesAsync();
    }

    public override Task PauseAsync(JobKind kind, bool paused = true) => ExecuteAsync(
        $"""
        insert into queues (name, paused_at) values ('{Data.Jobs.Job.QueueOf(kind)}', {(paused ? "now()" : "null")})
        on conflict (name) do update set paused_at = excluded.paused_at
        """);

    public override Task ElapseAsync(TimeSpan time)
    {
        string[] columns =
        [
            "queue_at", "lease_until", "run_after", "webhook_delivered_at", "webhook_run_after", "created_at", "started_at", "completed_at",
            "cancel_requested_at", "dead_lettered_at", "expires_at",
        ];
        var moved = string.Join(", ", columns.Select(column => FormattableString.Invariant($"{column} = {column} - interval '{time.TotalSeconds} seconds'")));
        return ExecuteAsync($"update jobs set {moved}");
    }

    public override async Task AssertChargedOnceAsync(string id, string usage) =>
        Assert.Equal([usage], await _database.ColumnAsync($"select request_id from usage where job_id = '{id}'"));

    public string ConnectionString => _database.ConnectionString;

    public Task<List<string>> ColumnAsync(string sql) => _database.ColumnAsync(sql);

    public async Task ExecuteAsync(string sql)
    {
        await using var command = _services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public override ValueTask DisposeAsync() => _services.DisposeAsync();
}

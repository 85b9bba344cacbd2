using System.Diagnostics;
using LlmGateway.Data;
using LlmGateway.Data.Jobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace LlmGateway.Bench.Servers;

/// <summary>The gateway's table of jobs from behind: how many wait, and what it costs a worker to take one.</summary>
internal sealed class JobDatabase : IDisposable
{
    private const string Worker = "bench";
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    private readonly IHost _host;
    private readonly NpgsqlDataSource _database;
    private readonly IJobLeases _leases;
    private readonly byte[] _request;

    public JobDatabase(string connectionString, byte[] request)
    {
        _request = request;
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection([new($"ConnectionStrings:{GatewayDataExtensions.ConnectionName}", connectionString + ";Command Timeout=120")]);
        builder.AddGatewayData();
        builder.Services.AddDatabaseJobs();
        _host = builder.Build();
        _database = _host.Services.GetRequiredService<NpgsqlDataSource>();
        _leases = _host.Services.GetRequiredService<IJobLeases>();
    }

    /// <summary>So many jobs wait afterwards, and no others are there. Nothing is left for the server to tidy up during a measurement.</summary>
    public async Task FillAsync(int count, CancellationToken cancelled)
    {
        await RunAsync("truncate jobs cascade", cancelled);
        await using (var insert = _database.CreateCommand(
            """
            insert into jobs (
                id, kind, status, api_key_id, owner, model, priority, queue_at, request, progress, attempt, failures, replays, max_attempts,
                run_after, webhook_attempts, items_total, items_completed, items_failed, created_at)
            select
                'job_bench' || lpad(i::text, 20, '0'), 'chat', 'queued', 'key-' || i % 50, 'bench', 'bench', 'normal',
                now() - make_interval(secs => ($1 - i) / 1000.0), $2, 0, 0, 0, 0, 3,
                now() - make_interval(secs => ($1 - i) / 1000.0), 0, 0, 0, 0, now() - make_interval(secs => ($1 - i) / 1000.0)
            from generate_series(1, $1) i
            """))
        {
            insert.Parameters.Add(new NpgsqlParameter { Value = count });
            insert.Parameters.Add(new NpgsqlParameter { Value = _request });
            await insert.ExecuteNonQueryAsync(cancelled);
        }

        await RunAsync("vacuum analyze jobs", cancelled);
        await RunAsync("checkpoint", cancelled);
    }

    /// <summary>Takes jobs one after another, as a worker does.</summary>
    /// <returns>Milliseconds of each, shortest first.</returns>
    public async Task<double[]> ClaimAsync(int count, CancellationToken cancelled)
    {
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var began = Stopwatch.GetTimestamp();
            if (await _leases.ClaimAsync(JobKind.Chat, Worker, Lease, cancelled) is null)
            {
                throw new BenchException("There was no job to claim.");
            }

            times[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }

        Array.Sort(times);
        return times;
    }

    public void Dispose() => _host.Dispose();

    private async Task RunAsync(string sql, CancellationToken cancelled)
    {
        await using var command = _database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancelled);
    }
}

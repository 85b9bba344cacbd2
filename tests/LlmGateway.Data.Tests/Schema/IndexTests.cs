using LlmGateway.Data.Tests.Support;

namespace LlmGateway.Data.Tests.Schema;

/// <summary>The queries that must stay fast with millions of rows can be answered from an index.</summary>
public sealed class IndexTests
{
    [Theory]
    [InlineData(
        "ix_jobs_queue",
        "select id from jobs where kind = 'chat' and status = 'queued' and run_after <= now() order by queue_at, id limit 1 for update skip locked")]
    [InlineData("ix_jobs_queue", "select count(*) from jobs where kind = 'chat' and status = 'queued' and run_after <= now() and (queue_at, id) < (now(), 'x')")]
    [InlineData("ix_jobs_lease", "select id from jobs where status = 'running' and lease_until < now() limit 100")]
    [InlineData("ix_jobs_expiry", "select id from jobs where status in ('queued', 'running') and expires_at is not null and expires_at <= now() limit 100")]
    [InlineData("ix_jobs_webhook", "select id from jobs where webhook_run_after <= now() order by webhook_run_after limit 100 for update skip locked")]
    [InlineData(
        "ix_jobs_owner",
        "select id from jobs where api_key_id = 'k' and kind = 'chat' and (created_at, id) < (now(), 'x') order by created_at desc, id desc limit 20")]
    [InlineData("ix_jobs_owner", "select id from jobs where api_key_id is null and kind = 'chat' order by created_at desc, id desc limit 20")]
    [InlineData("ix_jobs_dead", "select id from jobs where kind = 'chat' and dead_lettered_at is not null order by dead_lettered_at desc, id desc limit 20")]
    [InlineData("ix_jobs_ended", "select count(*) from jobs where kind = 'chat' and status = 'completed' and completed_at > now() - interval '5 minutes'")]
    [InlineData("ix_jobs_completed", "select id from jobs where completed_at < now() - interval '1 day' order by completed_at limit 100")]
    [InlineData("ix_usage_api_key_id_created_at", "select sum(cost) from usage where api_key_id = 'k' and created_at >= now() - interval '1 day'")]
    [InlineData("ix_api_keys_hash", "select id from api_keys where hash = '\\x00'")]
    [InlineData("ux_alerts_open", "select id from alerts where rule = 'cpu' and source = 'n' and resolved_at is null")]
    public async Task Query_UsesItsIndex(string index, string sql)
    {
        var database = await Database;
        // Tables are empty here, where a scan is always cheapest: what matters is that the index can serve the query.
        var plan = string.Join('\n', await database.ColumnAsync($"set enable_seqscan = off; set enable_sort = off; explain {sql}"));
        Assert.Contains(index, plan, StringComparison.Ordinal);
    }

    private static readonly Task<TestDatabase> Database = TestDatabase.MigratedAsync();
}

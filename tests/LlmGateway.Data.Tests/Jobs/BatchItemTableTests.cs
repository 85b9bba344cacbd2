using LlmGateway.Data.Jobs;
using LlmGateway.Data.Journal;
using LlmGateway.Data.Tests.Support;
using LlmGateway.Data.Usage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace LlmGateway.Data.Tests.Jobs;

/// <summary>Lines of batches on a real PostgreSQL.</summary>
public sealed class BatchItemTableTests : BatchItemsContract, IAsyncLifetime
{
    private TestDatabase? _database;
    private IHost? _host;
    private readonly RefusedRows _refused = new();

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.MigratedAsync();
        _host = _database.Host();
    }

    public Task DisposeAsync()
    {
        _host?.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task OpenLines_EndStepByStep_AndAreAllCounted()
    {
        await _database!.ColumnAsync(LineStatements.BoundSql);
        var items = await WithLinesAsync(4_500);
        Assert.True(await items.EndOpenAsync(Lease, JobStatus.Expired, """{"code":"batch_expired"}""", default));
        Assert.Equal(4_500, (await ReadAsync(Id)).ItemsFailed);
        Assert.Empty(await items.OpenAsync(Id, 0, 10, default));
    }

    /// <summary>One line whose charge no column can hold must not keep the others from ending.</summary>
    [Fact]
    public async Task ALineThatCannotBeCharged_EndsAllTheSame_AndTheOthersToo()
    {
        var items = await WithLinesAsync(3);
        var open = await items.OpenAsync(Id, 0, 10, default);
        (JobItem, UsageRecord?)[] ended = [.. open.Select(item => (Answered(item), (UsageRecord?)Charge(item, item.Line == 2 ? 10_000_000_000_000m : 0.5m)))];
        Assert.True(await items.EndAsync(Lease, ended, default));
        Assert.True(await items.EndAsync(Lease, ended, default));

        Assert.Empty(await items.OpenAsync(Id, 0, 10, default));
        var job = await ReadAsync(Id);
        Assert.Equal((3, 0), (job.ItemsCompleted, job.ItemsFailed));
        Assert.Equal(2, await ChargesAsync());
        Assert.Equal([10_000_000_000_000m], _refused.Rows.Select(row => row.Cost));
    }

    [Fact]
    public async Task ALineWithAnErrorThatIsNoJson_EndsAllTheSame()
    {
        var items = await WithLinesAsync(2);
        var open = await items.OpenAsync(Id, 0, 10, default);
        open[0].Error = "{\"code\":";
        (JobItem, UsageRecord?)[] ended = [.. open.Select(item => (Answered(item), (UsageRecord?)Charge(item, 1)))];
        Assert.True(await items.EndAsync(Lease, ended, default));
        Assert.Equal(2, (await ReadAsync(Id)).ItemsCompleted);
        Assert.Equal(2, await ChargesAsync());
    }

    private static JobItem Answered(JobItem item)
    {
        (item.Status, item.Response, item.ResponseStatus) = (JobStatus.Completed, "{}"u8.ToArray(), 200);
        return item;
    }

    private static UsageRecord Charge(JobItem item, decimal cost) => new()
    {
        Id = UsageRecorder.IdOf($"{item.JobId}/{item.Line}"), RequestId = $"r{item.Line}", CreatedAt = TimeProvider.System.GetUtcNow(), Operation = "chat",
        RequestedModel = "m", Status = 200, CompletionTokens = long.MaxValue, Cost = cost, JobId = item.JobId,
    };

    protected override async Task<IBatchItems> CreateAsync(Job job)
    {
        using var scope = _host!.Services.CreateScope();
        var context = scope.ServiceProvider.GetRequiredService<GatewayDbContext>();
        context.Jobs.Add(job);
        await context.SaveChangesAsync();
        return new BatchItemTable(new StoreCalls(_host.Services.GetRequiredService<NpgsqlDataSource>()), _refused);
    }

    protected override async Task<Job> ReadAsync(string id)
    {
        using var scope = _host!.Services.CreateScope();
        return await scope.ServiceProvider.GetRequiredService<GatewayDbContext>().Jobs.AsNoTracking().SingleAsync(job => job.Id == id);
    }

    protected override Task TakeOverAsync(string id) =>
        _database!.ColumnAsync($"update jobs set attempt = attempt + 1, lease_owner = 'w2' where id = '{id}' returning 1");

    protected override async Task<int> ChargesAsync() => int.Parse((await _database!.ColumnAsync("select count(*) from usage"))[0], null);
}

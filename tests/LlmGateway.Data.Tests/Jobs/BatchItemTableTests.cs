using LlmGateway.Data.Jobs;
using LlmGateway.Data.Tests.Support;
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

    protected override async Task<IBatchItems> CreateAsync(Job job)
    {
        using var scope = _host!.Services.CreateScope();
        var context = scope.ServiceProvider.GetRequiredService<GatewayDbContext>();
        context.Jobs.Add(job);
        await context.SaveChangesAsync();
        return new BatchItemTable(new StoreCalls(_host.Services.GetRequiredService<NpgsqlDataSource>()), _host.Services.GetRequiredService<IRecordWriter<UsageRecord>>());
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

using LlmGateway.Data.Files;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace LlmGateway.Data.Tests.Files;

/// <summary>Files in PostgreSQL.</summary>
public sealed class FileTableTests : FileStoreContract, IAsyncLifetime
{
    private TestDatabase? _database;
    private NpgsqlDataSource? _source;
    private ServiceProvider? _services;

    protected override IFileStore Store => _services!.GetRequiredService<IFileStore>();

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.MigratedAsync();
        _source = NpgsqlDataSource.Create(_database.ConnectionString);
        _services = new ServiceCollection().AddSingleton(_source).AddDatabaseJobs().BuildServiceProvider();
    }

    public async Task DisposeAsync()
    {
        await _services!.DisposeAsync();
        await _source!.DisposeAsync();
    }

    [Fact]
    public async Task NothingOfADeletedFile_StaysInTheDatabase()
    {
        await WriteAsync(File("f"), [.. Enumerable.Repeat("piece", 150)]);
        Assert.Equal(["150"], await _database!.ColumnAsync("select count(*) from file_chunks"));
        Assert.True(await Store.DeleteAsync("f", "k1", default));
        Assert.Equal(["0"], await _database.ColumnAsync("select (select count(*) from file_chunks) + (select count(*) from files)"));
    }

    [Fact]
    public async Task AFileWhoseDeletionBrokeOff_IsHidden_AndSweptAway()
    {
        await WriteAsync(File("f"), "one", "two");
        await _database!.ColumnAsync("update files set uploaded_at = null, created_at = '-infinity'");
        Assert.Null(await Store.FindAsync("f", null, default));
        await Assert.ThrowsAsync<FileLostException>(() => AppendAsync("f", 2, "three"));
        await Assert.ThrowsAsync<FileLostException>(() => Store.CompleteAsync("f", 6, default));
        Assert.False(await Store.DeleteAsync("f", "k1", default));
        Assert.Equal(1, await Store.DeleteExpiredAsync(TimeSpan.FromDays(100_000), 10, default));
        Assert.Equal(["0"], await _database.ColumnAsync("select count(*) from file_chunks"));
    }

    [Fact]
    public async Task AServerThatIsNotThere_IsAnUnavailableStore()
    {
        await using var nowhere = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Database=x;Username=x;Timeout=2");
        await using var services = new ServiceCollection().AddSingleton(nowhere).AddDatabaseJobs().BuildServiceProvider();
        var store = services.GetRequiredService<IFileStore>();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.FindAsync("f", null, default));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AppendAsync("f", 0, new byte[1], default));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.DeleteExpiredAsync(TimeSpan.Zero, 1, default));
    }
}

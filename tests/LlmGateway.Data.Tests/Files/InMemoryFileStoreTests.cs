using LlmGateway.Data.Files;
using LlmGateway.Data.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace LlmGateway.Data.Tests.Files;

/// <summary>Files of a gateway without a database.</summary>
public sealed class InMemoryFileStoreTests : FileStoreContract, IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddSingleton(TimeProvider.System).AddInMemoryJobs().BuildServiceProvider();

    protected override IFileStore Store => _services.GetRequiredService<IFileStore>();

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task WhatDoesNotFit_IsRefused_AndFitsAgainWhenOthersAreGone()
    {
        await using var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddInMemoryJobs()
            .Configure<FilesOptions>(options => options.MaxMemoryBytes = 10).BuildServiceProvider();
        var store = services.GetRequiredService<IFileStore>();
        await store.BeginAsync(File("f", "k1"), default);
        await store.AppendAsync("f", 0, new byte[6], default);
        await store.BeginAsync(File("g", "k2"), default);
        var refused = await Assert.ThrowsAsync<FileSpaceException>(() => store.AppendAsync("g", 0, new byte[5], default));
        Assert.Contains("10 bytes", refused.Message, StringComparison.Ordinal);
        await store.AppendAsync("g", 0, new byte[4], default);

        // Given up, begun anew and expired: each gives its memory back.
        await store.BeginAsync(File("f", "k1"), default);
        await store.AppendAsync("f", 0, new byte[6], default);
        Assert.True(await store.DeleteAsync("f", null, default));
        await store.BeginAsync(File("h", "k1"), default);
        await store.AppendAsync("h", 0, new byte[6], default);
        await Assert.ThrowsAsync<FileSpaceException>(() => store.AppendAsync("h", 1, new byte[1], default));
        Assert.Equal(2, await store.DeleteExpiredAsync(TimeSpan.Zero, 10, default));
        await store.BeginAsync(File("i", "k1"), default);
        await store.AppendAsync("i", 0, new byte[10], default);
    }
}

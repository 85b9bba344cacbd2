using LlmGateway.Data.Keys;
using LlmGateway.Data.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmGateway.Data.Tests.Keys;

/// <summary>What authentication reads and writes, against a real server.</summary>
public sealed class ApiKeyTableTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 29, 12, 0, 0, TimeSpan.Zero);

    private TestDatabase? _database;
    private IHost? _host;

    private IApiKeyTable Table => _host!.Services.GetRequiredService<IApiKeyTable>();

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.MigratedAsync();
        _host = _database.Host();
        using var scope = _host.Services.CreateScope();
        var context = scope.ServiceProvider.GetRequiredService<GatewayDbContext>();
        context.ApiKeys.AddRange(Key("a1", "ada", "blue", Noon), Key("a2", "ada"), Key("b1", "bob"));
        await context.SaveChangesAsync();
    }

    public Task DisposeAsync()
    {
        _host?.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task AKey_IsFoundByItsHash_WithWhatItGrants()
    {
        var grant = await FindAsync("a1");
        Assert.Equal(("a1", "ada", "blue", Noon, null), (grant!.Id, grant.Owner, grant.Team, grant.ExpiresAt, grant.RevokedAt));
        Assert.Equal(["user", "admin"], grant.Roles);
        Assert.Null((await FindAsync("b1"))!.Team);
        Assert.Null(await FindAsync("nobody"));
    }

    [Fact]
    public async Task RevokingAnOwner_TakesAllTheirKeys_Once()
    {
        Assert.Equal(2, await Table.RevokeOwnerAsync("ada", Noon, default));
        Assert.Equal(0, await Table.RevokeOwnerAsync("ada", Noon.AddDays(1), default));
        Assert.Equal(0, await Table.RevokeOwnerAsync("nobody", Noon, default));
        Assert.Equal(Noon, (await FindAsync("a2"))!.RevokedAt);
        Assert.Null((await FindAsync("b1"))!.RevokedAt);
    }

    [Fact]
    public async Task RolesOfAnOwner_ReplaceThoseOfAllTheirKeys()
    {
        Assert.Equal(2, await Table.SetOwnerRolesAsync("ada", ["auditor"], default));
        Assert.Equal(["auditor"], (await FindAsync("a1"))!.Roles);
        Assert.Equal(["user", "admin"], (await FindAsync("b1"))!.Roles);
        Assert.Equal(2, await Table.SetOwnerRolesAsync("ada", [], default));
        Assert.Empty((await FindAsync("a2"))!.Roles);
    }

    [Fact]
    public async Task LastUse_OnlyMovesForward()
    {
        await Table.TouchAsync(new Dictionary<string, DateTimeOffset> { ["a1"] = Noon, ["b1"] = Noon.AddHours(-2), ["nobody"] = Noon }, default);
        await Table.TouchAsync(new Dictionary<string, DateTimeOffset> { ["a1"] = Noon.AddHours(-1), ["b1"] = Noon.AddHours(1) }, default);
        Assert.Equal(
            ["a1 12", "a2 ", "b1 13"],
            await _database!.ColumnAsync("select id || ' ' || coalesce(extract(hour from last_used_at at time zone 'utc')::text, '') from api_keys order by id"));
    }

    private static ApiKey Key(string id, string owner, string? team = null, DateTimeOffset? expiresAt = null) => new()
    {
        Id = id,
        Name = id,
        Owner = owner,
        Team = team,
        Hash = ApiKeySecret.Hash("secret-of-" + id),
        Prefix = "sk-gw-",
        Roles = ["user", "admin"],
        CreatedAt = Noon.AddDays(-1),
        ExpiresAt = expiresAt,
    };

    private Task<ApiKeyGrant?> FindAsync(string id) => Table.FindAsync(ApiKeySecret.Hash("secret-of-" + id), default);
}

using System.Diagnostics;
using System.Net;
using System.Text.Json;
using LlmGateway.Contracts.Events;
using LlmGateway.TestGateway;
using LlmGateway.TestGateway.Messaging;
using LlmGateway.TestSupport;

namespace LlmGateway.IntegrationTests.Gateway;

/// <summary>Keys, usage and events of an Api on real servers.</summary>
[Collection(GatewayCollection.Name)]
public sealed class RecordTests(SharedGatewayServers servers) : IAsyncLifetime
{
    /// <summary>Where messages lie that make no sense.</summary>
    private const string ErrorQueue = "llm-gateway.user-deleted_error";

    /// <summary>No memory of a key ends by itself during a test.</summary>
    private static readonly (string, string) LongMemory = ("Authentication:KeyCache:Duration", "00:10:00");

    private string _database = "";

    public async Task InitializeAsync() => _database = await servers.NewDatabaseAsync();

    public Task DisposeAsync() => servers.EndServicesAsync();

    [Fact]
    public async Task TheSeededKey_Chats_AndItsRequestsAreKeptAndTold()
    {
        var key = await GatewayServers.SeedAsync(_database);
        var api = (await servers.StartApiAsync(Runs.Inside, _database)).Client;
        await using var queue = await PlainQueue.OpenAsync(servers.Broker, EventNames.RequestCompleted, EventNames.RequestFailed);

        // A client that uses one request id for all it sends.
        Assert.Equal(HttpStatusCode.OK, await Chats.StatusAsync(api, key, requestId: "mine"));
        Assert.Equal(HttpStatusCode.OK, await Chats.StatusAsync(api, key, stream: true, requestId: "mine"));
        Assert.Equal(HttpStatusCode.NotFound, await Chats.StatusAsync(api, key, model: "nobody-serves-this", requestId: "mine"));
        Assert.Equal(HttpStatusCode.Unauthorized, await Chats.StatusAsync(api, "sk-gw-invented", requestId: "mine"));

        await Eventually.IsTrueAsync(async () => await CountAsync("select count(*) from usage where request_id = 'mine'") == 3);
        Assert.Equal(3, await CountAsync("select count(*) from usage u join api_keys k on k.id = u.api_key_id and k.owner = u.owner"));
        Assert.Equal(2, await CountAsync("select count(*) from usage where status = 200 and provider = 'sim' and model = 'sim-fast' and completion_tokens > 0 and duration_ms > 0"));
        Assert.Equal(1, await CountAsync("select count(*) from usage where stream and first_token_ms > 0"));
        Assert.Equal(1, await CountAsync("select count(*) from usage where status = 404 and error_code = 'model_not_found' and requested_model = 'nobody-serves-this'"));

        var told = new List<PlainMessage>();
        while (told.Count < 3)
        {
            told.Add(await queue.Received.ReadAsync(TestTimeouts.Token()));
        }

        Assert.Equal([EventNames.RequestCompleted, EventNames.RequestCompleted, EventNames.RequestFailed], told.Select(m => m.Exchange).Order());
        Assert.All(told, message =>
        {
            Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$", message.Headers["traceparent"]);
            var body = JsonDocument.Parse(message.Body).RootElement;
            Assert.Equal("mine", body.GetProperty("requestId").GetString());
            Assert.StartsWith("key_", body.GetProperty("keyId").GetString(), StringComparison.Ordinal);
            Assert.DoesNotContain(key, message.Body, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("{\"userId\":\"admin\"}", "application/json")]
    [InlineData("{\"userId\":\"admin\"}", null)]
    [InlineData("{\"messageType\":[\"urn:message:Other:UserDeleted\",\"urn:message:LlmGateway.Contracts.Events:UserDeleted\"],\"message\":{\"userId\":\"admin\"}}", "application/vnd.masstransit+json")]
    public async Task ADeletedUsersKey_IsRefusedByEveryReplica(string message, string? contentType)
    {
        var key = await GatewayServers.SeedAsync(_database);
        var one = (await servers.StartApiAsync(Runs.Inside, _database, LongMemory)).Client;
        var two = (await servers.StartApiAsync(Runs.Inside, _database, LongMemory)).Client;
        Assert.Equal(HttpStatusCode.OK, await Chats.StatusAsync(one, key));
        Assert.Equal(HttpStatusCode.OK, await Chats.StatusAsync(two, key));
        await using var others = await PlainQueue.OpenAsync(servers.Broker);

        var refused = await others.CountAsync(ErrorQueue);
        await others.PublishAsync(EventNames.UserDeleted, "{\"nothing\":1}", "application/json");
        await others.PublishAsync(EventNames.UserDeleted, "{\"userId\":\"somebody-else\"}", "application/json");
        Assert.Equal(HttpStatusCode.OK, await Chats.StatusAsync(one, key));

        var clock = Stopwatch.StartNew();
        await others.PublishAsync(EventNames.UserDeleted, message, contentType);
        await Eventually.IsTrueAsync(async () => await Chats.StatusAsync(one, key) == HttpStatusCode.Unauthorized && await Chats.StatusAsync(two, key) == HttpStatusCode.Unauthorized);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"Revocation took {clock.Elapsed}.");
        Assert.Equal(1, await CountAsync("select count(*) from api_keys where revoked_at is not null"));
        await Eventually.IsTrueAsync(async () => await others.CountAsync(ErrorQueue) > refused);
    }

    [Fact]
    public async Task ChangedRoles_ReachTheKeys()
    {
        var key = await GatewayServers.SeedAsync(_database);
        var api = (await servers.StartApiAsync(Runs.Inside, _database, LongMemory)).Client;
        Assert.Equal(HttpStatusCode.OK, await Chats.StatusAsync(api, key));
        await using var others = await PlainQueue.OpenAsync(servers.Broker);

        await others.PublishAsync(EventNames.UserRoleChanged, "{\"userId\":\"admin\",\"role\":\"user\"}", "application/json");
        await Eventually.IsTrueAsync(async () => await CountAsync("select count(*) from api_keys where roles = '{user}'") == 1);
        await others.PublishAsync(EventNames.UserRoleChanged, "{\"userId\":\"admin\",\"roles\":[\"user\",\"auditor\"]}", "application/json");
        await Eventually.IsTrueAsync(async () => await CountAsync("select count(*) from api_keys where roles = '{user,auditor}'") == 1);
        Assert.Equal(HttpStatusCode.OK, await Chats.StatusAsync(api, key));
    }

    private Task<long> CountAsync(string sql) => Database.CountAsync(_database, sql);
}

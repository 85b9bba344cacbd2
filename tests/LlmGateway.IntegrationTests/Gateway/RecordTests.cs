using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LlmGateway.Contracts.Events;
using LlmGateway.IntegrationTests.Messaging;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Npgsql;

namespace LlmGateway.IntegrationTests.Gateway;

/// <summary>Keys, usage and events of real Api processes on real servers, and what happens to them when a server is away.</summary>
public sealed class RecordTests(GatewayServers servers) : IClassFixture<GatewayServers>, IAsyncLifetime
{
    /// <summary>No memory of a key ends by itself during a test.</summary>
    private static readonly (string, string) LongMemory = ("Authentication:KeyCache:Duration", "00:10:00");

    private readonly string _database = servers.NewDatabase();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => servers.EndProcessesAsync();

    [Fact]
    public async Task TheSeededKey_Chats_AndItsRequestsAreKeptAndTold()
    {
        var key = await servers.SeedAsync(_database);
        using var api = await servers.StartApiAsync(_database);
        await using var queue = await PlainQueue.OpenAsync(servers.Broker, EventNames.RequestCompleted, EventNames.RequestFailed);

        // A client that uses one request id for all it sends.
        Assert.Equal(HttpStatusCode.OK, await ChatAsync(api, key, requestId: "mine"));
        Assert.Equal(HttpStatusCode.OK, await ChatAsync(api, key, stream: true, requestId: "mine"));
        Assert.Equal(HttpStatusCode.NotFound, await ChatAsync(api, key, model: "nobody-serves-this", requestId: "mine"));
        Assert.Equal(HttpStatusCode.Unauthorized, await ChatAsync(api, "sk-gw-invented", requestId: "mine"));

        await WaitFor.TrueAsync(async () => await CountAsync("select count(*) from usage where request_id = 'mine'") == 3);
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
    [InlineData("stop")]
    [InlineData("freeze")]
    public async Task WhileTheDatabaseIsAway_AKnownKeyChats_AnUnknownOneIsToldSo_AndNoUsageIsLost(string fault)
    {
        var key = await servers.SeedAsync(_database);
        using var api = await servers.StartApiAsync(_database, ("Authentication:KeyCache:Duration", "00:00:01"));
        Assert.Equal(HttpStatusCode.OK, await ChatAsync(api, key));
        await WaitFor.TrueAsync(async () => await CountAsync("select count(*) from usage") == 1);

        await (fault == "stop" ? servers.Servers.StopAsync(Server.Postgres) : servers.Servers.FreezeAsync(Server.Postgres));
        try
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal(HttpStatusCode.OK, await ChatAsync(api, key));
                var clock = Stopwatch.StartNew();
                using var unknown = await SendAsync(api, $"sk-gw-invented-{i}");
                Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), $"The answer took {clock.Elapsed}.");
                Assert.Equal(HttpStatusCode.ServiceUnavailable, unknown.StatusCode);
                Assert.NotNull(unknown.Headers.RetryAfter);
                Assert.Contains("\"dependency_unavailable\"", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }

            using var ready = await api.GetAsync("/health/ready");
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
            Assert.Contains("\"gatewaydb\":{\"status\":\"degraded\"", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        finally
        {
            await (fault == "stop" ? servers.Servers.StartAsync(Server.Postgres) : servers.Servers.ThawAsync(Server.Postgres));
        }

        NpgsqlConnection.ClearAllPools();
        await WaitFor.TrueAsync(async () => await CountAsync("select count(*) from usage") == 21);
        await WaitFor.TrueAsync(async () => await ChatAsync(api, "sk-gw-invented") == HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("{\"userId\":\"admin\"}", "application/json")]
    [InlineData("{\"userId\":\"admin\"}", null)]
    [InlineData("{\"messageType\":[\"urn:message:Other:UserDeleted\",\"urn:message:LlmGateway.Contracts.Events:UserDeleted\"],\"message\":{\"userId\":\"admin\"}}", "application/vnd.masstransit+json")]
    public async Task ADeletedUsersKey_IsRefusedByEveryReplica(string message, string? contentType)
    {
        var key = await servers.SeedAsync(_database);
        using var one = await servers.StartApiAsync(_database, LongMemory);
        using var two = await servers.StartApiAsync(_database, LongMemory);
        Assert.Equal(HttpStatusCode.OK, await ChatAsync(one, key));
        Assert.Equal(HttpStatusCode.OK, await ChatAsync(two, key));
        await using var others = await PlainQueue.OpenAsync(servers.Broker);

        await others.PublishAsync(EventNames.UserDeleted, "{\"nothing\":1}", "application/json");
        await others.PublishAsync(EventNames.UserDeleted, "{\"userId\":\"somebody-else\"}", "application/json");
        Assert.Equal(HttpStatusCode.OK, await ChatAsync(one, key));

        var clock = Stopwatch.StartNew();
        await others.PublishAsync(EventNames.UserDeleted, message, contentType);
        await WaitFor.TrueAsync(async () => await ChatAsync(one, key) == HttpStatusCode.Unauthorized && await ChatAsync(two, key) == HttpStatusCode.Unauthorized);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"Revocation took {clock.Elapsed}.");
        Assert.Equal(1, await CountAsync("select count(*) from api_keys where revoked_at is not null"));
        await WaitFor.TrueAsync(async () => await others.CountAsync("llm-gateway.user-deleted_error") > 0);
    }

    [Fact]
    public async Task ChangedRoles_ReachTheKeys()
    {
        var key = await servers.SeedAsync(_database);
        using var api = await servers.StartApiAsync(_database, LongMemory);
        Assert.Equal(HttpStatusCode.OK, await ChatAsync(api, key));
        await using var others = await PlainQueue.OpenAsync(servers.Broker);

        await others.PublishAsync(EventNames.UserRoleChanged, "{\"userId\":\"admin\",\"role\":\"user\"}", "application/json");
        await WaitFor.TrueAsync(async () => await CountAsync("select count(*) from api_keys where roles = '{user}'") == 1);
        await others.PublishAsync(EventNames.UserRoleChanged, "{\"userId\":\"admin\",\"roles\":[\"user\",\"auditor\"]}", "application/json");
        await WaitFor.TrueAsync(async () => await CountAsync("select count(*) from api_keys where roles = '{user,auditor}'") == 1);
        Assert.Equal(HttpStatusCode.OK, await ChatAsync(api, key));
    }

    private static async Task<HttpStatusCode> ChatAsync(HttpClient api, string key, bool stream = false, string model = "sim-fast", string? requestId = null)
    {
        using var response = await SendAsync(api, key, stream, model, requestId);
        await response.Content.ReadAsStringAsync();
        return response.StatusCode;
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient api, string key, bool stream = false, string model = "sim-fast", string? requestId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (requestId is not null)
        {
            request.Headers.Add("x-request-id", requestId);
        }

        request.Content = new StringContent(
            $$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"!echo hello"}]}""", Encoding.UTF8, "application/json");
        return await api.SendAsync(request);
    }

    private async Task<long> CountAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_database);
        await using var command = source.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }
}

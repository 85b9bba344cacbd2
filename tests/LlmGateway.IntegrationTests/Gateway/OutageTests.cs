using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using LlmGateway.Contracts.Events;
using LlmGateway.IntegrationTests.Messaging;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;
using Npgsql;

namespace LlmGateway.IntegrationTests.Gateway;

/// <summary>Each server stopped and each server frozen while clients ask without a pause.</summary>
public sealed class OutageTests(GatewayServers servers) : IClassFixture<GatewayServers>, IAsyncLifetime
{
    private const string Unknown = "sk-gw-0000000000000000000000000000000000000000000";

    /// <summary>What a part that is away may cost a request.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(2);

    /// <summary>How soon everything is well again.</summary>
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(10);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => servers.EndProcessesAsync();

    [Theory]
    [InlineData(Server.Postgres, false)]
    [InlineData(Server.Postgres, true)]
    [InlineData(Server.Redis, false)]
    [InlineData(Server.Redis, true)]
    [InlineData(Server.RabbitMq, false)]
    [InlineData(Server.RabbitMq, true)]
    public async Task WhileAServerIsAway_ChatsGoOn_WhatNeedsItSaysSo_AndEverythingComesBack(Server server, bool frozen)
    {
        var database = servers.NewDatabase();
        var key = await servers.SeedAsync(database);
        // Short memories, so that what is away is really missed.
        var api = await servers.StartReplicaAsync(
            database, ("Authentication:KeyCache:Duration", "00:00:01"), ("Authentication:KeyCache:UnknownDuration", "00:00:00.1"));
        await using var load = new ChatLoad(() => api.Client, key);
        await WaitFor.TrueAsync(() => Task.FromResult(load.Results.Count > 20));

        await (frozen ? servers.Servers.FreezeAsync(server) : servers.Servers.StopAsync(server));
        await WaitFor.TrueAsync(async () => await api.StatusAsync() == "degraded");
        await AssertMissedAsync(api.Client, server, key);
        var before = load.Results.Count;
        await WaitFor.TrueAsync(() => Task.FromResult(load.Results.Count > before + 100));

        await (frozen ? servers.Servers.ThawAsync(server) : servers.Servers.StartAsync(server));
        NpgsqlConnection.ClearAllPools();
        var clock = Stopwatch.StartNew();
        await WaitFor.TrueAsync(async () => await api.StatusAsync() == "ready");
        await AssertBackAsync(api.Client, server, key);
        Assert.True(clock.Elapsed < Recovery, $"It took {clock.Elapsed} to come back.");

        var results = await load.StopAsync();
        Assert.Empty(results.Where(r => r.Problem is not null).Select(r => r.Problem));
        // A request may meet the first bounded wait; the rest is what a busy machine adds.
        Assert.True(results.Max(r => r.Duration) < Bound * 2, $"A request took {results.Max(r => r.Duration)}.");
    }

    [Fact]
    public async Task AfterALongOutageOfTheBroker_EventsAreSentAndReceivedAsSoon()
    {
        var database = servers.NewDatabase();
        var key = await servers.SeedAsync(database);
        var api = await servers.StartReplicaAsync(database);
        using (var before = await ChatAsync(api.Client, key))
        {
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        }

        await servers.Servers.StopAsync(Server.RabbitMq);
        // The client library waits ever longer between its attempts; after this time up to half a minute.
        await Task.Delay(TimeSpan.FromSeconds(45));
        await servers.Servers.StartAsync(Server.RabbitMq);

        var clock = Stopwatch.StartNew();
        await WaitFor.TrueAsync(async () => await api.StatusAsync() == "ready");
        await using var queue = await PlainQueue.OpenAsync(servers.Broker, EventNames.RequestCompleted);
        using (var after = await ChatAsync(api.Client, key))
        {
            Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        }

        await queue.Received.ReadAsync(TestTimeouts.Token());
        await queue.PublishAsync(EventNames.UserDeleted, "{\"userId\":\"admin\"}", "application/json");
        await WaitFor.TrueAsync(async () => await StatusAsync(() => ChatAsync(api.Client, key)) == HttpStatusCode.Unauthorized);
        Assert.True(clock.Elapsed < Recovery, $"It took {clock.Elapsed} to come back.");
    }

    private static async Task AssertMissedAsync(HttpClient api, Server server, string key)
    {
        switch (server)
        {
            case Server.Postgres:
                await AssertUnavailableAsync(() => ChatAsync(api, Unknown));
                break;
            case Server.Redis:
                // What was known is shown until it is too old.
                await WaitFor.TrueAsync(async () => await StatusAsync(() => FleetAsync(api, key)) == HttpStatusCode.ServiceUnavailable);
                await AssertUnavailableAsync(() => FleetAsync(api, key));
                break;
            default:
                // Nothing that a client asks for needs the broker.
                break;
        }
    }

    private async Task AssertBackAsync(HttpClient api, Server server, string key)
    {
        switch (server)
        {
            case Server.Postgres:
                await WaitFor.TrueAsync(async () => await StatusAsync(() => ChatAsync(api, Unknown)) == HttpStatusCode.Unauthorized);
                break;
            case Server.Redis:
                await WaitFor.TrueAsync(async () => await StatusAsync(() => FleetAsync(api, key)) == HttpStatusCode.OK);
                break;
            default:
                await using (var queue = await PlainQueue.OpenAsync(servers.Broker, EventNames.RequestCompleted))
                {
                    await queue.Received.ReadAsync(TestTimeouts.Token());
                }

                break;
        }
    }

    private static async Task AssertUnavailableAsync(Func<Task<HttpResponseMessage>> ask)
    {
        var clock = Stopwatch.StartNew();
        using var answer = await ask();
        Assert.True(clock.Elapsed < Bound, $"The answer took {clock.Elapsed}.");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Contains("dependency_unavailable", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> StatusAsync(Func<Task<HttpResponseMessage>> ask)
    {
        using var answer = await ask();
        return answer.StatusCode;
    }

    private static Task<HttpResponseMessage> ChatAsync(HttpClient api, string key) => SendAsync(
        api, key, HttpMethod.Post, "/v1/chat/completions", """{"model":"sim-fast","messages":[{"role":"user","content":"Hello"}]}""");

    private static Task<HttpResponseMessage> FleetAsync(HttpClient api, string key) => SendAsync(api, key, HttpMethod.Get, "/admin/fleet", null);

    private static async Task<HttpResponseMessage> SendAsync(HttpClient api, string key, HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        return await api.SendAsync(request);
    }
}

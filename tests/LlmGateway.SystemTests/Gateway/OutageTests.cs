using System.Diagnostics;
using System.Net;
using LlmGateway.Contracts.Events;
using LlmGateway.TestGateway;
using LlmGateway.TestGateway.Messaging;
using LlmGateway.TestGateway.Servers;
using LlmGateway.TestSupport;
using LlmGateway.TestSupport.Servers;

namespace LlmGateway.SystemTests.Gateway;

/// <summary>Each server stopped and each server frozen while clients ask without a pause.</summary>
[Collection(SystemCollection.Name)]
public sealed class OutageTests(SystemServers servers) : IAsyncLifetime
{
    private const string Unknown = "sk-gw-0000000000000000000000000000000000000000000";

    /// <summary>What a part that is away may cost a request.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(2);

    /// <summary>How soon everything is well again.</summary>
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(10);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => servers.EndServicesAsync();

    [Theory]
    [InlineData(Server.Postgres, Fault.Stop)]
    [InlineData(Server.Postgres, Fault.Freeze)]
    [InlineData(Server.Redis, Fault.Stop)]
    [InlineData(Server.Redis, Fault.Freeze)]
    [InlineData(Server.RabbitMq, Fault.Stop)]
    [InlineData(Server.RabbitMq, Fault.Freeze)]
    public async Task WhileAServerIsAway_ChatsGoOn_WhatNeedsItSaysSo_AndEverythingComesBack(Server server, Fault fault)
    {
        var database = await servers.NewDatabaseAsync();
        var key = await GatewayServers.SeedAsync(database);
        // Short memories, so that what is away is really missed.
        var api = await servers.StartApiAsync(
            Runs.AsProcess, database, ("Authentication:KeyCache:Duration", "00:00:01"), ("Authentication:KeyCache:UnknownDuration", "00:00:00.1"));
        await using var load = new ChatLoad(() => api.Client, key);
        await Eventually.IsTrueAsync(() => load.Results.Count > 20);

        await using var outage = await ServerOutage.BeginAsync(servers.Servers, fault, server);
        await api.WaitForAsync("degraded");
        await AssertMissedAsync(api.Client, server, key);
        var before = load.Results.Count;
        await Eventually.IsTrueAsync(() => load.Results.Count > before + 100);

        await outage.EndAsync();
        var clock = Stopwatch.StartNew();
        await api.WaitForAsync("ready");
        await AssertBackAsync(api.Client, server, key);
        Assert.True(clock.Elapsed < Recovery, $"It took {clock.Elapsed} to come back.");

        var results = await load.StopAsync();
        Assert.Empty(results.Where(r => r.Problem is not null).Select(r => r.Problem));
        // A request may meet the first bounded wait; the rest is what a busy machine adds.
        Assert.True(results.Max(r => r.Duration) < Bound * 2, $"A request took {results.Max(r => r.Duration)}.");
    }

    [Fact]
    public async Task AfterAnOutageOfTheBroker_EventsAreSentAndReceivedSoon()
    {
        var database = await servers.NewDatabaseAsync();
        var key = await GatewayServers.SeedAsync(database);
        var api = await servers.StartApiAsync(Runs.Inside, database);
        Assert.Equal(HttpStatusCode.OK, await Chats.StatusAsync(api.Client, key));

        // That it is the same after an outage of any length is shown by BrokerGateTests.
        await using (await ServerOutage.BeginAsync(servers.Servers, Fault.Stop, Server.RabbitMq))
        {
            await api.WaitForAsync("degraded");
        }

        var clock = Stopwatch.StartNew();
        await api.WaitForAsync("ready");
        await using var queue = await PlainQueue.OpenAsync(servers.Broker, EventNames.RequestCompleted);
        Assert.Equal(HttpStatusCode.OK, await Chats.StatusAsync(api.Client, key));
        await queue.Received.ReadAsync(TestTimeouts.Token());
        await queue.PublishAsync(EventNames.UserDeleted, "{\"userId\":\"admin\"}", "application/json");
        await Eventually.IsTrueAsync(async () => await Chats.StatusAsync(api.Client, key) == HttpStatusCode.Unauthorized);
        Assert.True(clock.Elapsed < Recovery, $"It took {clock.Elapsed} to come back.");
    }

    private static async Task AssertMissedAsync(HttpClient api, Server server, string key)
    {
        switch (server)
        {
            case Server.Postgres:
                await Eventually.IsTrueAsync(async () => await Chats.StatusAsync(api, Unknown) == HttpStatusCode.ServiceUnavailable);
                await AssertUnavailableAsync(() => Chats.SendAsync(api, Unknown));
                break;
            case Server.Redis:
                // What was known is shown until it is too old.
                await Eventually.IsTrueAsync(async () => await StatusAsync(() => Chats.GetAsync(api, key, "/admin/fleet")) == HttpStatusCode.ServiceUnavailable);
                await AssertUnavailableAsync(() => Chats.GetAsync(api, key, "/admin/fleet"));
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
                await Eventually.IsTrueAsync(async () => await Chats.StatusAsync(api, Unknown) == HttpStatusCode.Unauthorized);
                break;
            case Server.Redis:
                await Eventually.IsTrueAsync(async () => await StatusAsync(() => Chats.GetAsync(api, key, "/admin/fleet")) == HttpStatusCode.OK);
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
}

using LlmGateway.TestGateway;
using LlmGateway.TestGateway.Servers;
using LlmGateway.TestSupport.Servers;
using Npgsql;
using RabbitMQ.Client;
using StackExchange.Redis;

namespace LlmGateway.SystemTests.Servers;

/// <summary>The faults that other tests do to servers are what they say, and servers come back at the same address with their data.</summary>
[Collection(SystemCollection.Name)]
public sealed class FaultTests(SystemServers system)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(Server.Postgres)]
    [InlineData(Server.Redis)]
    [InlineData(Server.RabbitMq)]
    public async Task AServer_CanBeFrozenThawedKilledStoppedAndStarted(Server server)
    {
        var address = system.Servers.ConnectionString(server);
        Assert.True(await AnswersAsync(server, address));
        foreach (var fault in new[] { Fault.Freeze, Fault.Kill, Fault.Stop })
        {
            await using (await ServerOutage.BeginAsync(system.Servers, fault, server))
            {
                Assert.False(await AnswersAsync(server, address), $"{server} answers after {fault}.");
            }

            Assert.Equal(address, system.Servers.ConnectionString(server));
            Assert.True(await AnswersAsync(server, address), $"{server} does not come back after {fault}.");
        }
    }

    [Fact]
    public async Task Postgres_KeepsWhatWasCommitted_WhenKilled()
    {
        var database = await system.NewDatabaseAsync();
        await Database.QueryAsync<int>(database, "create table kept (n int); insert into kept values (42)");

        await using (await ServerOutage.BeginAsync(system.Servers, Fault.Kill, Server.Postgres))
        {
        }

        Assert.Equal([42], await Database.QueryAsync<int>(database, "select n from kept"));
    }

    /// <summary>Whether a new client gets an answer within its patience.</summary>
    private static async Task<bool> AnswersAsync(Server server, string address)
    {
        try
        {
            await (server switch
            {
                Server.Postgres => AskPostgresAsync(address),
                Server.Redis => AskRedisAsync(address),
                _ => AskRabbitMqAsync(address),
            }).WaitAsync(Patience * 5);
            return true;
        }
        catch (Exception exception) when (exception is NpgsqlException or RedisException or TimeoutException or RabbitMQ.Client.Exceptions.BrokerUnreachableException)
        {
            return false;
        }
    }

    private static async Task AskPostgresAsync(string address)
    {
        var bounded = new NpgsqlConnectionStringBuilder(address) { Timeout = (int)Patience.TotalSeconds, CommandTimeout = (int)Patience.TotalSeconds, Pooling = false };
        await using var connection = new NpgsqlConnection(bounded.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select 1", connection);
        await command.ExecuteScalarAsync();
    }

    private static async Task AskRedisAsync(string address)
    {
        var options = ConfigurationOptions.Parse(address);
        options.ConnectTimeout = (int)Patience.TotalMilliseconds;
        options.ConnectRetry = 1;
        using var connection = await ConnectionMultiplexer.ConnectAsync(options);
        await connection.GetDatabase().PingAsync();
    }

    private static async Task AskRabbitMqAsync(string address)
    {
        var factory = new ConnectionFactory
        {
            Uri = new Uri(address),
            RequestedConnectionTimeout = Patience,
            ContinuationTimeout = Patience,
            HandshakeContinuationTimeout = Patience,
            AutomaticRecoveryEnabled = false,
        };
        await using var connection = await factory.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeclareAsync();
    }
}

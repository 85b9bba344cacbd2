using LlmGateway.TestSupport.Servers;
using Npgsql;
using RabbitMQ.Client;
using StackExchange.Redis;

namespace LlmGateway.IntegrationTests.Servers;

/// <summary>The faults that other tests do to servers are what they say, and servers come back at the same address with their data.</summary>
public sealed class FaultTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(Server.Postgres)]
    [InlineData(Server.Redis)]
    [InlineData(Server.RabbitMq)]
    public async Task AServer_CanBeFrozenThawedKilledStoppedAndStarted(Server server)
    {
        await using var servers = await PrivateServers.StartOwnAsync(server);
        var address = servers.ConnectionString(server);
        Assert.True(await AnswersAsync(server, address));

        await servers.FreezeAsync(server);
        Assert.False(await AnswersAsync(server, address));
        await servers.ThawAsync(server);
        Assert.True(await AnswersAsync(server, address));

        await servers.KillAsync(server);
        Assert.False(await AnswersAsync(server, address));
        await servers.StartAsync(server);
        Assert.True(await AnswersAsync(server, address));

        await servers.StopAsync(server);
        Assert.False(await AnswersAsync(server, address));
        await servers.StartAsync(server);
        Assert.Equal(address, servers.ConnectionString(server));
        Assert.True(await AnswersAsync(server, address));
    }

    [Fact]
    public async Task Postgres_KeepsWhatWasCommitted_WhenKilled()
    {
        await using var servers = await PrivateServers.StartOwnAsync(Server.Postgres);
        await using var database = NpgsqlDataSource.Create(servers.ConnectionString(Server.Postgres));
        await using (var insert = database.CreateCommand("create table kept (n int); insert into kept values (42)"))
        {
            await insert.ExecuteNonQueryAsync();
        }

        await servers.KillAsync(Server.Postgres);
        await servers.StartAsync(Server.Postgres);

        database.Clear();
        await using var select = database.CreateCommand("select n from kept");
        Assert.Equal(42, await select.ExecuteScalarAsync());
    }

    [Fact]
    public async Task SharedServers_CannotBeHarmed()
    {
        var servers = await PrivateServers.SharedAsync(Server.Redis);
        await Assert.ThrowsAsync<InvalidOperationException>(() => servers.KillAsync(Server.Redis));
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

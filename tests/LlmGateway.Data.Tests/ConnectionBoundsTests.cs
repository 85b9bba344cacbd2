using Npgsql;

namespace LlmGateway.Data.Tests;

public sealed class ConnectionBoundsTests
{
    private const string Address = "Host=db;Database=gatewaydb";

    [Fact]
    public void Connections_AreAsManyAsTheOptionsSay() =>
        Assert.Equal(7, Bounded(Address, 7).MaxPoolSize);

    [Theory]
    [InlineData("Maximum Pool Size=80")]
    [InlineData("maximum pool size=80")]
    [InlineData("MaxPoolSize=80")]
    public void Connections_AreAsManyAsTheConnectionStringSays(string given) =>
        Assert.Equal(80, Bounded($"{Address};{given}", 7).MaxPoolSize);

    [Fact]
    public void Connections_AreNotFewerThanTheConnectionStringKeepsOpen()
    {
        var bounded = Bounded($"{Address};Minimum Pool Size=50", 7);

        Assert.Equal(50, bounded.MinPoolSize);
        Assert.Equal(50, bounded.MaxPoolSize);
    }

    [Fact]
    public void OfSeveralServers_TheOneThatTakesWritesIsMeant()
    {
        Assert.Equal("read-write", Bounded("Host=a,b;Database=gatewaydb", 7).TargetSessionAttributes);
        Assert.Equal("any", Bounded("Host=a,b;Database=gatewaydb;Target Session Attributes=any", 7).TargetSessionAttributes);
        Assert.Null(Bounded(Address, 7).TargetSessionAttributes);
    }

    [Theory]
    [InlineData(Address, 300)]
    [InlineData(Address + ";Connection Lifetime=20", 20)]
    public void Connections_AreMadeAnewNowAndThen(string given, int seconds) => Assert.Equal(seconds, Bounded(given, 7).ConnectionLifetime);

    private static NpgsqlConnectionStringBuilder Bounded(string connectionString, int connections) =>
        new(ConnectionBounds.Apply(connectionString, new DatabaseOptions { MaxConnections = connections }));
}

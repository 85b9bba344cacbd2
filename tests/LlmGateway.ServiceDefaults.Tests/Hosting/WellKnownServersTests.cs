using LlmGateway.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.ServiceDefaults.Tests.Hosting;

/// <summary>Servers, the address to listen on and the level of the log by the names that other programs and platforms use.</summary>
public class WellKnownServersTests
{
    [Theory]
    [InlineData("postgresql://user:pa%40ss@postgres:5433/lms?sslmode=require", "host=postgres;port=5433;database=lms;username=user;password=pa@ss;ssl mode=require")]
    [InlineData("postgres://db/name", "host=db;database=name")]
    [InlineData("Host=db;Database=x", "Host=db;Database=x")]
    public void DatabaseUrl_IsTheDatabase(string address, string expected) =>
        Assert.Equal(expected, Read(("DATABASE_URL", address)).GetConnectionString("gatewaydb"), ignoreCase: true);

    [Theory]
    [InlineData("redis://redis:6379/8", null, "redis:6379,defaultDatabase=8")]
    [InlineData("redis://redis", "secret", "redis:6379,password=secret")]
    [InlineData("rediss://app:own@redis:6380/2", "secret", "redis:6380,user=app,password=own,defaultDatabase=2,ssl=true")]
    [InlineData("redis:6379", null, "redis:6379")]
    public void RedisUrl_IsRedis(string address, string? password, string expected) =>
        Assert.Equal(expected, Read(("REDIS_URL", address), ("REDIS_PASSWORD", password)).GetConnectionString("redis"));

    [Fact]
    public void OwnNames_AndConnectionStrings_WinInTheirOrder()
    {
        Assert.Equal("own:6379", Read(("REDIS_URL", "redis://other"), ("LLM_GATEWAY_REDIS_URL", "redis://own")).GetConnectionString("redis"));
        Assert.Equal("configured", Read(("REDIS_URL", "redis://other"), ("ConnectionStrings:redis", "configured")).GetConnectionString("redis"));
        Assert.Equal("amqp://u:p@h:5672", Read(("RABBITMQ_URL", "amqp://u:p@h:5672")).GetConnectionString("rabbitmq"));
    }

    [Theory]
    [InlineData("warn", "Warning")]
    [InlineData("INFO", "Information")]
    [InlineData("fatal", "Critical")]
    [InlineData("loud", null)]
    public void LogLevel_IsTheLevelOfAll(string level, string? expected) => Assert.Equal(expected, Read(("LOG_LEVEL", level))["Logging:LogLevel:Default"]);

    [Theory]
    [InlineData("3009", null, null, null, "http://127.0.0.1:3009")]
    [InlineData("3009", "5055", "0.0.0.0", null, "http://0.0.0.0:5055")]
    [InlineData(null, null, "::1", null, "http://[::1]:8080")]
    // What Kubernetes sets for a service named llm-gateway.
    [InlineData(null, "tcp://10.0.0.1:8080", null, null, null)]
    [InlineData("3009", null, null, "http://127.0.0.1:9", "http://127.0.0.1:9")]
    public void Port_IsWhereItListens_UnlessAnAddressIsConfigured(string? port, string? own, string? host, string? urls, string? expected)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection([new("PORT", port), new("LLM_GATEWAY_PORT", own), new("LLM_GATEWAY_HOST", host), new("urls", urls)]);
        builder.UseWellKnownAddress("127.0.0.1");
        Assert.Equal(expected, builder.Configuration[WebHostDefaults.ServerUrlsKey]);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080", true)]
    [InlineData("http://localhost:8080/v1", "http://0.0.0.0:8080", true)]
    [InlineData("http://localhost:8081/v1", "http://0.0.0.0:8080", false)]
    [InlineData("http://gateway.example:8080/v1", "http://*:8080", false)]
    [InlineData("https://api.openai.com/v1", "http://*:8080", false)]
    public void AnAddress_IsTheGatewaysOwn(string address, string listener, bool expected) => Assert.Equal(expected, OwnAddress.Is([listener], address));

    [Fact]
    public void AVariableThatNamesTheGatewayItself_MakesNoProvider()
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection([new("urls", "http://127.0.0.1:8080"), new("OPENAI_API_KEY", "sk-gateway"), new("OPENAI_BASE_URL", "http://localhost:8080/v1")]);
        WellKnownSettings.AddProviders(configuration);
        Assert.Empty(configuration.GetSection("Providers").GetChildren());
        Assert.False(WellKnownSettings.NameAServer(configuration));
        Assert.Equal(["OPENAI_BASE_URL"], WellKnownSettings.Ignored(configuration));
    }

    [Fact]
    public void Timeouts_AndTheListOfProviders_CountForProvidersThatAreThere()
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(
        [
            new("OLLAMA_ENDPOINT", "http://o:11434"), new("OLLAMA_TIMEOUT", "300000"), new("TIMEOUT_MS", "1000"), new("OLLAMA_MAX_RETRIES", "3"),
            new("OPENAI_API_KEY", "sk-x"), new("LLM_GATEWAY_ANTHROPIC_API_KEY", "sk-y"), new("ALL_PROVIDERS", "ollama, anthropic"),
        ]);
        WellKnownSettings.AddProviders(configuration);
        WellKnownSettings.AddRouting(configuration);
        Assert.Equal(["anthropic", "ollama"], configuration.GetSection("Providers").GetChildren().Select(p => p.Key).Order());
        Assert.Equal("00:05:00", configuration["Providers:ollama:Timeouts:Total"]);
        Assert.Equal("sk-y", configuration["Providers:anthropic:ApiKey"]);
        Assert.Equal("4", configuration["Routing:AttemptsPerTarget"]);
    }

    private static ConfigurationManager Read(params (string Name, string? Value)[] variables)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(variables.Select(v => KeyValuePair.Create(v.Name, v.Value)));
        WellKnownServers.Add(configuration);
        return configuration;
    }
}

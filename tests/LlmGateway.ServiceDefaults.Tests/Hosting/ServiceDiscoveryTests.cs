using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmGateway.ServiceDefaults.Tests.Hosting;

/// <summary>A service is found under its name, by the configuration keys that an AppHost sets.</summary>
public sealed class ServiceDiscoveryTests
{
    [Theory]
    [InlineData("http://simulator/who", "http", 0)]
    [InlineData("https+http://simulator/who", "http", 0)]
    public async Task AName_LeadsToTheConfiguredEndpoint(string address, string scheme, int index)
    {
        await using var server = Server();
        server.MapGet("/who", (HttpContext context) => $"simulator at {context.Request.Path}");
        await server.StartAsync();
        await using var services = Services(($"services:simulator:{scheme}:{index}", server.Urls.Single()));

        var answer = await services.GetRequiredService<IHttpClientFactory>().CreateClient("any").GetStringAsync(new Uri(address));

        Assert.Equal("simulator at /who", answer);
        await server.StopAsync();
    }

    [Fact]
    public async Task AnAddressThatIsNoName_IsUsedAsItIs()
    {
        await using var server = Server();
        server.MapGet("/", () => "direct");
        await server.StartAsync();
        await using var services = Services();

        Assert.Equal("direct", await services.GetRequiredService<IHttpClientFactory>().CreateClient("any").GetStringAsync(new Uri(server.Urls.Single())));
        await server.StopAsync();
    }

    private static WebApplication Server()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var server = builder.Build();
        server.Urls.Add("http://127.0.0.1:0");
        return server;
    }

    private static ServiceProvider Services(params (string Key, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
            .Build());
        services.AddServiceDiscovery();
        services.AddHttpClient("any").AddServiceDiscovery();
        return services.BuildServiceProvider();
    }
}

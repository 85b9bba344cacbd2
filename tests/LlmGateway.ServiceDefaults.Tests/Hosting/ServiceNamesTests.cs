using LlmGateway.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.ServiceDefaults.Tests.Hosting;

public class ServiceNamesTests
{
    private static readonly IConfiguration Services = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["services:vllm:http:0"] = "http://10.0.0.7:8000",
        ["services:vllm:http:1"] = "http://10.0.0.8:8000",
        ["services:safe:https:0"] = "https://safe.internal",
        ["services:bare:http:0"] = "localhost:5001",
    }).Build();

    [Theory]
    [InlineData("http://vllm/v1", "http://10.0.0.7:8000/v1")]
    [InlineData("https+http://vllm/v1", "http://10.0.0.7:8000/v1")]
    [InlineData("https+http://safe/v1", "https://safe.internal/v1")]
    [InlineData("http://bare/v1/", "http://localhost:5001/v1/")]
    [InlineData("https://vllm/v1", null)]
    [InlineData("http://api.example.com/v1", null)]
    [InlineData("no address", null)]
    public void AServiceName_BecomesItsFirstEndpoint(string address, string? expected) => Assert.Equal(expected, ServiceNames.Resolve(Services, address));

    [Fact]
    public void Addresses_OfASection_AreReplaced_AndOthersStay()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddConfiguration(Services);
        builder.Configuration["Providers:a:BaseUrl"] = "http://vllm/v1";
        builder.Configuration["Providers:b:BaseUrl"] = "http://gpu-1:8000/v1";

        builder.ResolveServiceNames("Providers");

        Assert.Equal("http://10.0.0.7:8000/v1", builder.Configuration["Providers:a:BaseUrl"]);
        Assert.Equal("http://gpu-1:8000/v1", builder.Configuration["Providers:b:BaseUrl"]);
    }
}

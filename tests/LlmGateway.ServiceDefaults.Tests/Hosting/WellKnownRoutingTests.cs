using LlmGateway.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.ServiceDefaults.Tests.Hosting;

public class WellKnownRoutingTests
{
    [Fact]
    public void Names_BecomeSettingsOfRouting()
    {
        var configuration = Configuration(("ENABLE_MODEL_FALLBACK", "true"), ("FALLBACK_MODELS", " llama2, mistral,,phi "), ("ENABLE_CIRCUIT_BREAKER", "0"));
        Assert.Equal("true", configuration["Routing:EnableFallbacks"]);
        Assert.Equal("false", configuration["Routing:CircuitBreaker:Enabled"]);
        Assert.Equal(["llama2", "mistral", "phi"], Models(configuration));
    }

    [Fact]
    public void Settings_Win_AndAListIsNotMixed()
    {
        var configuration = Configuration(
            ("ENABLE_CIRCUIT_BREAKER", "false"), ("Routing:CircuitBreaker:Enabled", "true"), ("FALLBACK_MODELS", "a,b,c"), ("Routing:Fallbacks:*:0:Model", "mine"));
        Assert.Equal("true", configuration["Routing:CircuitBreaker:Enabled"]);
        Assert.Equal(["mine"], Models(configuration));
    }

    [Fact]
    public void WithoutThem_NothingIsSet()
    {
        var configuration = Configuration(("FALLBACK_MODELS", " , "), ("ENABLE_MODEL_FALLBACK", ""));
        Assert.False(configuration.GetSection("Routing").Exists());
    }

    private static ConfigurationManager Configuration(params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Name, s => (string?)s.Value));
        WellKnownSettings.AddRouting(configuration);
        return configuration;
    }

    private static IEnumerable<string?> Models(IConfiguration configuration) =>
        configuration.GetSection("Routing:Fallbacks:*").GetChildren().Select(step => step["Model"]);
}

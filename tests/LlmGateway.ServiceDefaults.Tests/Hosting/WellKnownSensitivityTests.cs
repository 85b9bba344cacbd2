using LlmGateway.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.ServiceDefaults.Tests.Hosting;

public class WellKnownSensitivityTests
{
    [Fact]
    public void SensitiveKeywords_SwitchClassificationOn()
    {
        var configuration = Read(("SENSITIVE_KEYWORDS", "password, project hera ,,"));
        Assert.Equal("true", configuration["Sensitivity:Enabled"]);
        Assert.Equal(["password", "project hera"], Keywords(configuration));
        Assert.Null(configuration["Sensitivity:Threshold"]);
    }

    [Fact]
    public void AThreshold_SwitchesClassificationOn()
    {
        var configuration = Read(("SENSITIVITY_THRESHOLD", "0.5"));
        Assert.Equal(("true", "0.5"), (configuration["Sensitivity:Enabled"], configuration["Sensitivity:Threshold"]));
        Assert.Empty(Keywords(configuration));
    }

    [Fact]
    public void OrdinarySettings_Win()
    {
        var configuration = Read(
            ("SENSITIVE_KEYWORDS", "a,b,c"), ("SENSITIVITY_THRESHOLD", "0.5"),
            ("Sensitivity:Enabled", "false"), ("Sensitivity:Threshold", "0.9"), ("Sensitivity:Keywords:0", "mine"));
        Assert.Equal(("false", "0.9"), (configuration["Sensitivity:Enabled"], configuration["Sensitivity:Threshold"]));
        Assert.Equal(["mine"], Keywords(configuration));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" , ")]
    public void NoKeyword_SaysNothing(string keywords) => Assert.Null(Read(("SENSITIVE_KEYWORDS", keywords))["Sensitivity:Enabled"]);

    [Fact]
    public void SecureProviders_AreFoundByNameAndByType_WhereThereAreSome()
    {
        var configuration = Read(
            ("SECURE_ONLY_MODELS", "Ollama, inhouse, nobody"), ("OLLAMA_BASE_URL", "http://localhost:11434"), ("OPENAI_API_KEY", "sk-x"),
            ("Providers:inhouse:Type", "openai"), ("Providers:gpu:Type", "ollama"), ("Providers:other:Type", "openai"),
            ("Providers:old:Type", "ollama"), ("Providers:old:SecurityLevel", "low"));
        string? Level(string name) => configuration[$"Providers:{name}:SecurityLevel"];
        Assert.Equal(("high", "high", "high", "low"), (Level("ollama"), Level("inhouse"), Level("gpu"), Level("old")));
        Assert.Equal((null, null, null), (Level("openai"), Level("other"), Level("nobody")));
        Assert.Empty(configuration.GetSection("Providers:nobody").GetChildren());
    }

    private static IEnumerable<string?> Keywords(IConfiguration configuration) => configuration.GetSection("Sensitivity:Keywords").GetChildren().Select(k => k.Value);

    private static ConfigurationManager Read(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(settings.ToDictionary(s => s.Key, s => (string?)s.Value));
        WellKnownSettings.AddProviders(configuration);
        return configuration;
    }
}

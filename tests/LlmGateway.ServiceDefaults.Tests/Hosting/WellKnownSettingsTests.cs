using LlmGateway.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;

namespace LlmGateway.ServiceDefaults.Tests.Hosting;

public class WellKnownSettingsTests
{
    [Theory]
    [InlineData("OPENAI_API_KEY=k", "openai:ApiKey=k openai:Type=openai")]
    [InlineData("OPENAI_API_KEY=k OPENAI_BASE_URL=http://o/v1", "openai:ApiKey=k openai:BaseUrl=http://o/v1 openai:Type=openai")]
    [InlineData("OPENAI_BASE_URL=http://o/v1", "")]
    [InlineData("ANTHROPIC_API_KEY=k ANTHROPIC_BASE_URL=http://a", "anthropic:ApiKey=k anthropic:BaseUrl=http://a anthropic:Type=anthropic")]
    [InlineData("GROK_API_KEY=k", "grok:ApiKey=k grok:Type=grok")]
    [InlineData("XAI_API_KEY=x", "grok:ApiKey=x grok:Type=grok")]
    [InlineData("XAI_API_KEY=x GROK_API_KEY=k GROK_BASE_URL=http://g/v1", "grok:ApiKey=k grok:BaseUrl=http://g/v1 grok:Type=grok")]
    [InlineData("VLLM_BASE_URL=http://v:8000/v1", "vllm:BaseUrl=http://v:8000/v1 vllm:Type=vllm")]
    [InlineData("VLLM_ENDPOINT=http://v:8000/ VLLM_API_KEY=k", "vllm:ApiKey=k vllm:BaseUrl=http://v:8000/v1 vllm:Type=vllm")]
    [InlineData("VLLM_URL=http://v:8000", "vllm:BaseUrl=http://v:8000/v1 vllm:Type=vllm")]
    [InlineData("VLLM_API_KEY=k", "")]
    [InlineData("OLLAMA_BASE_URL=http://o:1", "ollama:BaseUrl=http://o:1 ollama:Type=ollama")]
    [InlineData("OLLAMA_ENDPOINT=http://o:2", "ollama:BaseUrl=http://o:2 ollama:Type=ollama")]
    [InlineData("OLLAMA_ENDPOINT=http://o:2 OLLAMA_BASE_URL=http://o:1", "ollama:BaseUrl=http://o:1 ollama:Type=ollama")]
    public void Variables_MakeProviders(string variables, string expected)
    {
        var configuration = Read(variables);
        WellKnownSettings.AddProviders(configuration);

        var made = configuration.GetSection("Providers").AsEnumerable(makePathsRelative: true).Where(s => s.Value is not null).Select(s => $"{s.Key}={s.Value}");
        Assert.Equal(expected, string.Join(' ', made.Order(StringComparer.Ordinal)));
        Assert.Equal(expected.Length > 0 && !expected.StartsWith("ollama", StringComparison.Ordinal), WellKnownSettings.NameAServer(configuration));
    }

    [Fact]
    public void AnEntryOfItsOwn_WinsFieldByField()
    {
        var configuration = Read("GROK_API_KEY=k Providers:grok:BaseUrl=http://own/v1");
        WellKnownSettings.AddProviders(configuration);

        Assert.Equal(("k", "http://own/v1"), (configuration["Providers:grok:ApiKey"], configuration["Providers:grok:BaseUrl"]));
    }

    private static ConfigurationManager Read(string variables)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(variables.Split(' ').Select(v => v.Split('=', 2)).Select(v => KeyValuePair.Create(v[0], (string?)v[1])));
        return configuration;
    }
}

using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Providers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmGateway.Core.Tests.Providers;

/// <summary>Model names with a colon, which .NET's configuration takes for a separator of keys.</summary>
public class ModelNameTests
{
    [Fact]
    public void ModelsInAList_HaveTheNamesTheyTell()
    {
        var models = Read(
            ("Providers:p:Models:0:Name", "llama3.2:1b"), ("Providers:p:Models:0:ContextLength", "8192"), ("Providers:p:Models:plain:UpstreamName", "x"))
            .Value.Providers["p"].Models;
        Assert.Equal(["llama3.2:1b", "plain"], models.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(8192, models["llama3.2:1b"].ContextLength);
    }

    [Fact]
    public void NameSplitAtItsColon_IsAMistakeThatTellsTheWayOut()
    {
        var options = Read(("Providers:p:Models:llama3.2:1b:ContextLength", "8192"));
        var thrown = Assert.Throws<OptionsValidationException>(() => options.Value);
        Assert.Contains(thrown.Failures, failure => failure.Contains("\"Models\": [ { \"Name\": \"llama3.2:1b\" } ]", StringComparison.Ordinal));
    }

    private static IOptions<ProvidersOptions> Read(params (string Key, string? Value)[] settings)
    {
        (string, string?)[] provider = [("Providers:p:Type", "fake"), ("Providers:p:BaseUrl", "http://127.0.0.1:1")];
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(provider.Concat(settings).Select(s => KeyValuePair.Create(s.Item1, s.Item2)))
            .Build();
        return new ServiceCollection()
            .AddGateway(configuration)
            .AddSingleton<IModelProviderFactory, FakeFactory>()
            .BuildServiceProvider()
            .GetRequiredService<IOptions<ProvidersOptions>>();
    }

    private sealed class FakeFactory : IModelProviderFactory
    {
        public string Type => "fake";

        public IModelProvider Create(string name, ProviderOptions options) => throw new NotSupportedException();
    }
}

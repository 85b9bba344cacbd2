using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Providers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmGateway.Core.Tests.Providers;

public class DefaultAddressTests
{
    [Theory]
    [InlineData("fixed", null, "https://fixed.test/v1")]
    [InlineData("FIXED", "", "https://fixed.test/v1")]
    [InlineData("fixed", "http://own.test", "http://own.test")]
    [InlineData("anywhere", "http://own.test", "http://own.test")]
    public void Provider_IsWhereItsTypeIs_UnlessTold(string type, string? configured, string expected) =>
        Assert.Equal(expected, Read(type, configured).Value.Providers["p"].BaseUrl);

    [Theory]
    [InlineData("anywhere")]
    [InlineData("unknown")]
    public void ProviderWithoutAnAddress_IsAMistake(string type)
    {
        var options = Read(type, null);
        var thrown = Assert.Throws<OptionsValidationException>(() => options.Value);
        Assert.Contains(thrown.Failures, failure => failure.StartsWith("Providers:p:BaseUrl is ''", StringComparison.Ordinal));
    }

    private static IOptions<ProvidersOptions> Read(string type, string? baseUrl)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Providers:p:Type"] = type, ["Providers:p:BaseUrl"] = baseUrl })
            .Build();
        return new ServiceCollection()
            .AddGateway(configuration)
            .AddSingleton<IModelProviderFactory>(new FakeFactory("fixed", "https://fixed.test/v1"))
            .AddSingleton<IModelProviderFactory>(new FakeFactory("anywhere", null))
            .BuildServiceProvider()
            .GetRequiredService<IOptions<ProvidersOptions>>();
    }

    private sealed record FakeFactory(string Type, string? Address) : IModelProviderFactory
    {
        public string? DefaultBaseUrl(ProviderOptions options) => Address;

        public IModelProvider Create(string name, ProviderOptions options) => throw new NotSupportedException();
    }
}

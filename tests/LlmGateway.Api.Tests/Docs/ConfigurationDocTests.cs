using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using LlmGateway.Api.Authentication;
using LlmGateway.Api.Hosting;
using LlmGateway.Core.Providers;
using LlmGateway.Providers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Tests.Docs;

/// <summary>docs/configuration.md names every option with the default it has, and no option that does not exist.</summary>
public sealed partial class ConfigurationDocTests
{
    /// <summary>Where each options class stands in the configuration.</summary>
    private static readonly (string Prefix, Type Type)[] Sections =
    [
        ("Server:", typeof(ServerOptions)),
        ("Authentication:", typeof(AuthenticationOptions)),
        ("Authentication:Keys:NAME:", typeof(ApiKeyOptions)),
        ("", typeof(ProvidersOptions)),
        ("Providers:NAME:", typeof(ProviderOptions)),
        ("Providers:NAME:Models:MODEL:", typeof(ModelOptions)),
        ("Providers:NAME:Timeouts:", typeof(ProviderTimeouts)),
    ];

    /// <summary>Standalone has no options class for its one setting.</summary>
    private const string StandalonePrefix = "Standalone:";

    [Fact]
    public void EveryOption_IsDocumentedWithItsDefault_AndNoOther()
    {
        var options = from section in Sections
                      let defaults = Activator.CreateInstance(section.Type)
                      from property in section.Type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                      // A class of settings is documented by its own.
                      where !Sections.Any(s => s.Type == property.PropertyType)
                      select (section.Prefix + property.Name, Text(property.GetValue(defaults)));
        var documented = Row().Matches(Repository.Read("docs/configuration.md")).Select(m => (m.Groups[1].Value, m.Groups[2].Value.Trim('`')))
            .Where(row => !row.Item1.StartsWith(StandalonePrefix, StringComparison.Ordinal));
        Assert.Equal(options.Order(), documented.Order());
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/configuration.md")]
    public void JsonExamples_AreValidConfigurations(string file)
    {
        var example = Assert.Single(JsonBlock().Matches(Repository.Read(file))).Groups[1].Value;
        var configuration = new ConfigurationBuilder()
            .AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(example)))
            .Build();
        var services = new ServiceCollection();
        services.AddLogging();
        LlmGateway.Core.Pipeline.GatewayServiceCollectionExtensions.AddGateway(services, configuration).AddProviderDialects();
        using var provider = services.BuildServiceProvider();

        var providers = provider.GetRequiredService<IOptions<ProvidersOptions>>().Value;
        Assert.Equal(["grok", "ollama", "openai", "vllm"], providers.Providers.Keys.Order());
        Assert.Equal(8192, providers.Providers["ollama"].Models["llama-small"].ContextLength);
        Assert.Equal("llama3.2:1b", providers.Providers["ollama"].Models["llama-small"].UpstreamName);
        Assert.Equal(TimeSpan.FromMinutes(5), providers.Providers["vllm"].Timeouts.Total);
        Assert.Equal("vllm/qwen", providers.Aliases["smart"]);

        var keys = configuration.GetSection("Authentication").Get<AuthenticationOptions>()!;
        Assert.True(new AuthenticationOptionsValidator().Validate(null, keys).Succeeded);
        Assert.Equal(20 * 1024 * 1024, configuration.GetSection("Server").Get<ServerOptions>()!.MaxRequestBodyBytes);
        AssertKnown(configuration);
    }

    /// <summary>A misspelt setting in an example would be ignored without a word.</summary>
    private static void AssertKnown(IConfiguration configuration)
    {
        var known = Row().Matches(Repository.Read("docs/configuration.md")).Select(m => m.Groups[1].Value).ToArray();
        var patterns = known.Select(k => "^" + Regex.Escape(k).Replace("NAME", "[^:]+", StringComparison.Ordinal).Replace("MODEL", "[^:]+", StringComparison.Ordinal) + "(:[^:]+)?$").ToArray();
        Assert.All(
            configuration.AsEnumerable().Where(s => s.Value is not null),
            setting => Assert.Contains(patterns, pattern => Regex.IsMatch(setting.Key, pattern)));
    }

    private static string Text(object? value) => value switch
    {
        null => "none",
        "" => "required",
        bool flag => flag ? "true" : "false",
        IDictionary { Count: 0 } => "empty",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    [GeneratedRegex(@"^\| `([A-Za-z0-9:]+)` \| ([^|]+?) \| [^|]+\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();
}

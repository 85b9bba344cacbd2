using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LlmGateway.Api.Authentication;
using LlmGateway.Api.Hosting;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Sensitivity;
using LlmGateway.Data;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Journal;
using LlmGateway.Providers;
using LlmGateway.ServiceDefaults.Fleet;
using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.ServiceDefaults.Messaging;
using LlmGateway.ServiceDefaults.Telemetry;
using LlmGateway.ServiceDefaults.Webhooks;
using LlmGateway.Settings.Reading;
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
        ("Jobs:", typeof(JobOptions)),
        ("Files:", typeof(LlmGateway.Data.Files.FilesOptions)),
        ("Infrastructure:", typeof(InfrastructureOptions)),
        ("Database:", typeof(DatabaseOptions)),
        ("Database:Writer:", typeof(BatchWriterOptions)),
        ("Events:", typeof(EventOptions)),
        ("Authentication:", typeof(AuthenticationOptions)),
        ("Authentication:KeyCache:", typeof(KeyCacheOptions)),
        ("Authentication:Keys:NAME:", typeof(ApiKeyOptions)),
        ("Redis:", typeof(RedisOptions)),
        ("Fleet:", typeof(FleetOptions)),
        ("Jobs:EventLog:", typeof(JobEventLogOptions)),
        ("Service:", typeof(ServiceOptions)),
        ("", typeof(ProvidersOptions)),
        ("Providers:NAME:", typeof(ProviderOptions)),
        ("Providers:NAME:Endpoints:NAME:", typeof(EndpointOptions)),
        ("Providers:NAME:Credentials:", typeof(CredentialOptions)),
        ("Providers:NAME:Aws:", typeof(AwsOptions)),
        ("Providers:NAME:Models:MODEL:", typeof(ModelOptions)),
        ("Providers:NAME:Models:MODEL:Prices:", typeof(PriceOptions)),
        ("Aliases:NAME:", typeof(AliasOptions)),
        ("Routing:", typeof(RoutingOptions)),
        ("Routing:CircuitBreaker:", typeof(CircuitBreakerOptions)),
        ("Routing:Admission:", typeof(AdmissionOptions)),
        ("Routing:Fallbacks:MODEL:", typeof(FallbackOptions)),
        ("Providers:NAME:Timeouts:", typeof(ProviderTimeouts)),
        ("Telemetry:", typeof(TelemetryOptions)),
        ("Webhooks:", typeof(WebhookOptions)),
        ("Sensitivity:", typeof(SensitivityOptions)),
        ("Sensitivity:Detectors:", typeof(SensitivityDetectorOptions)),
    ];

    /// <summary>Sections of other programs: Standalone has no options class for its one setting, the others have a test of their own.</summary>
    private static readonly string[] OfOthers = ["Standalone:", "Worker:", "Batches:", "ModelManager:", "Nodes", "Monitor:"];

    [Fact]
    public void EveryOption_IsDocumentedWithItsDefault_AndNoOther() => Assert.Equal(
        ConfigurationDocs.Options(Sections).Order(),
        ConfigurationDocs.Rows().Where(row => !OfOthers.Any(o => row.Setting.StartsWith(o, StringComparison.Ordinal))).Order());

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/configuration.md")]
    public void JsonExamples_AreValidConfigurations(string file)
    {
        var example = JsonBlock().Matches(Repository.Read(file)).Last().Groups[1].Value;
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
        Assert.Equal(["vllm/qwen"], providers.Aliases["smart"].Targets);

        var keys = SettingsReader.Get<AuthenticationOptions>(configuration, AuthenticationOptions.Section);
        Assert.True(new AuthenticationOptionsValidator().Validate(null, keys).Succeeded);
        Assert.Equal(20 * 1024 * 1024, configuration.GetSection("Server").Get<ServerOptions>()!.MaxRequestBodyBytes);
        AssertKnown(configuration);
    }

    /// <summary>Whoever copies an example of settings has a gateway that starts.</summary>
    [Fact]
    public async Task EveryExampleOfSettings_IsAccepted()
    {
        var file = Path.GetTempFileName();
        var checkedExamples = 0;
        foreach (var page in Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Append(Path.Combine(Repository.Root, "README.md")))
        {
            foreach (Match block in JsonBlock().Matches(await File.ReadAllTextAsync(page)))
            {
                var names = Names(block.Groups[1].Value);
                if (names.Length == 0 || !names.All(SettingNames.IsKnown))
                {
                    continue;
                }

                await File.WriteAllTextAsync(file, block.Groups[1].Value);
                using var output = new StringWriter();
                var code = await new ConfigCommands(_ => { }, builder => builder.AddGatewayApi()).RunAsync(["config", "check", file], output);
                Assert.True(code == 0, $"{page}: {output}");
                checkedExamples++;
            }
        }

        File.Delete(file);
        Assert.True(checkedExamples >= 3, $"only {checkedExamples} examples were found");
    }

    private static string[] Names(string example)
    {
        try
        {
            return JsonNode.Parse(example) is JsonObject document ? [.. document.Select(p => p.Key)] : [];
        }
        catch (JsonException)
        {
            // A part of a document, or one with an ellipsis.
            return [];
        }
    }

    /// <summary>One place knows every section by name, so that one file can serve several services.</summary>
    [Fact]
    public void EverySection_IsKnownByName() => Assert.All(
        ConfigurationDocs.Rows().Select(row => row.Setting.Split(':')[0]).Distinct(), name => Assert.True(SettingNames.IsKnown(name), name));

    /// <summary>Whoever adds a secret marks it, so that it is never shown.</summary>
    [Fact]
    public void EverySecret_IsMarked()
    {
        string[] harmless = ["Keys", "KeyCache", "KeepAlive", "Keywords", "KeywordWeight", "EverydayKeywordWeight", "AccessKeyId", "MaxTotalBytesPerKey", "FirstToken", "MaxTokens"];
        var unmarked = from section in Sections
                       from property in section.Type.GetProperties()
                       where (property.PropertyType == typeof(string) || property.PropertyType == typeof(List<string>)) && SecretName().IsMatch(property.Name) && !harmless.Contains(property.Name) && !property.IsDefined(typeof(SecretAttribute), false)
                       select $"{section.Prefix}{property.Name}";
        Assert.Empty(unmarked);
    }

    /// <summary>A misspelt setting in an example would be ignored without a word.</summary>
    private static void AssertKnown(IConfiguration configuration)
    {
        var known = ConfigurationDocs.Rows().Select(row => row.Setting).ToArray();
        var patterns = known.Select(k => "^" + Regex.Escape(k).Replace("NAME", "[^:]+", StringComparison.Ordinal).Replace("MODEL", "[^:]+", StringComparison.Ordinal) + "(:[^:]+)?$").ToArray();
        Assert.All(
            configuration.AsEnumerable().Where(s => s.Value is not null),
            setting => Assert.Contains(patterns, pattern => Regex.IsMatch(setting.Key, pattern)));
    }

    [GeneratedRegex("Key|Secret|Token|Password|Sha")]
    private static partial Regex SecretName();

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();
}

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
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.ServiceDefaults.Jobs;
using LlmGateway.ServiceDefaults.Messaging;
using LlmGateway.ServiceDefaults.Telemetry;
using LlmGateway.ServiceDefaults.Webhooks;
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
        Assert.Equal(["vllm/qwen"], providers.Aliases["smart"].Targets);

        var keys = configuration.GetSection("Authentication").Get<AuthenticationOptions>()!;
        Assert.True(new AuthenticationOptionsValidator().Validate(null, keys).Succeeded);
        Assert.Equal(20 * 1024 * 1024, configuration.GetSection("Server").Get<ServerOptions>()!.MaxRequestBodyBytes);
        AssertKnown(configuration);
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

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();
}

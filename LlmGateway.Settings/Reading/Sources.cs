using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Memory;

namespace LlmGateway.Settings.Reading;

/// <summary>Environment variables that begin with a prefix of ours: none of them is for another program.</summary>
public sealed class PrefixedEnvironmentSource(string prefix) : IConfigurationSource
{
    public string Prefix { get; } = prefix;

    public IConfigurationProvider Build(IConfigurationBuilder builder) => new PrefixedEnvironmentProvider(Prefix);
}

internal sealed class PrefixedEnvironmentProvider(string prefix) : EnvironmentVariablesConfigurationProvider(prefix)
{
    public string Prefix { get; } = prefix;
}

/// <summary>Settings that follow from variables which other tools use too.</summary>
public sealed class WellKnownSource(IEnumerable<KeyValuePair<string, string?>> settings) : IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new WellKnownProvider(settings);
}

internal sealed class WellKnownProvider(IEnumerable<KeyValuePair<string, string?>> settings)
    : MemoryConfigurationProvider(new MemoryConfigurationSource { InitialData = settings });

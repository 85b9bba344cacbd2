using Microsoft.Extensions.Configuration;

namespace LlmGateway.Core.Routing;

/// <summary>
/// A further name of a model. In configuration a text (<c>"fast": "ollama/llama3.2"</c>), a list (<c>"fast": ["a", "b"]</c>) or an
/// object with <c>Targets</c> and <c>Strategy</c>.
/// </summary>
public sealed class AliasOptions
{
    /// <summary>Models or <c>provider/model</c>, in the order in which they are preferred.</summary>
    public List<string> Targets { get; } = [];

    /// <summary>The strategy of this alias; null when it is the one of all.</summary>
    public string? Strategy { get; set; }

    public static AliasOptions Of(params IEnumerable<string> targets)
    {
        var alias = new AliasOptions();
        alias.Targets.AddRange(targets);
        return alias;
    }

    internal static AliasOptions Read(IConfigurationSection section)
    {
        if (section.Value is { } single)
        {
            return Of(single);
        }

        var list = section.GetSection(nameof(Targets)) is var targets && targets.Exists() ? targets : section;
        var names = list.Value is { } only ? [only] : list.GetChildren().Where(c => int.TryParse(c.Key, out _)).Select(c => c.Value ?? "");
        var alias = Of(names);
        alias.Strategy = section[nameof(Strategy)];
        return alias;
    }
}

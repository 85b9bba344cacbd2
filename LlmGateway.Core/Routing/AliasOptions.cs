using LlmGateway.Settings.Reading;

namespace LlmGateway.Core.Routing;

/// <summary>
/// A further name of a model. In configuration a text (<c>"fast": "ollama/llama3.2"</c>), a list (<c>"fast": ["a", "b"]</c>) or an
/// object with <c>Targets</c> and <c>Strategy</c>.
/// </summary>
[ShortForm(nameof(Targets))]
public sealed class AliasOptions
{
    /// <summary>Models or <c>provider/model</c>, in the order in which they are preferred.</summary>
    [OneOrMany]
    public List<string> Targets { get; } = [];

    /// <summary>The strategy of this alias; null when it is the one of all.</summary>
    public string? Strategy { get; set; }

    public static AliasOptions Of(params IEnumerable<string> targets)
    {
        var alias = new AliasOptions();
        alias.Targets.AddRange(targets);
        return alias;
    }
}

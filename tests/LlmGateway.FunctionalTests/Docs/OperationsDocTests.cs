using System.Text.RegularExpressions;
using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Docs;

/// <summary><c>docs/operations.md</c> names what the code has: no metric and no health check more or less.</summary>
public partial class OperationsDocTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"));

    [Fact]
    public void EveryInstrument_IsDocumented_AndNoOther()
    {
        var documented = MetricRow().Matches(Page).Select(row => row.Groups["instrument"].Value);
        // Made per provider type, from its name.
        string[] dialects = [.. ((string[])["anthropic", "bedrock", "bedrock_proxy", "grok", "ollama", "openai", "vllm"]).Select(type => $"llm_gateway.{type}.requests")];
        var made = Sources().SelectMany(text => Instrument().Matches(text)).Select(m => m.Groups["name"].Value).Concat(dialects);

        Assert.Equal(made.Distinct().Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TheNamesAtPrometheus_FollowFromTheInstruments()
    {
        foreach (Match row in MetricRow().Matches(Page))
        {
            var (name, instrument) = (row.Groups["prometheus"].Value, row.Groups["instrument"].Value.Replace('.', '_'));
            Assert.True(
                name.StartsWith(instrument, StringComparison.Ordinal) || name == instrument.Replace("_count", "_current", StringComparison.Ordinal),
                $"{name} is not {instrument} with its unit");
        }
    }

    [Fact]
    public void EveryHealthCheck_IsDocumented()
    {
        string[] made = ["providers", "settings", "defects", "gatewaydb", "usage-writer", "audit-writer", "redis", "rabbitmq", "queue", "nodes", "readings", "shutdown"];
        Assert.All(made, name => Assert.Contains($"\n| `{name}` |", Page, StringComparison.Ordinal));
        // One registration for each, the two writers sharing theirs; a new one belongs into both lists.
        Assert.Equal(made.Length - 2, Sources().Sum(text => CheckRegistration().Count(text)));
    }

    private static IEnumerable<string> Sources() =>
        // The AppHost's checks are of its resources, for the dashboard.
        Directory.GetDirectories(Repository.Root, "LlmGateway.*").Where(project => !project.EndsWith(".AppHost", StringComparison.Ordinal))
            .SelectMany(project => Directory.GetFiles(project, "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(File.ReadAllText);

    [GeneratedRegex("""Create(Observable)?(Counter|Histogram|Gauge|UpDownCounter)(<\w+>)?\(\s*"(?<name>[^"]+)""")]
    private static partial Regex Instrument();

    [GeneratedRegex(@"^\| `(?<prometheus>\w+)` \| `(?<instrument>[\w.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex MetricRow();

    [GeneratedRegex(@"\.AddHealthChecks\(\)\s*\.Add")]
    private static partial Regex CheckRegistration();
}

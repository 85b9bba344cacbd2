using System.Text.RegularExpressions;
using LlmGateway.TestSupport;
using YamlDotNet.RepresentationModel;

namespace LlmGateway.AppHost.Tests.Publishing.Public;

/// <summary>
/// The chart that the AppHost writes, and as much of Helm as it uses: a template with anything else fails. Continuous integration
/// has Helm itself look at it too.
/// </summary>
internal sealed partial class HelmChart
{
    private readonly string[] _templates;

    private HelmChart(string folder)
    {
        _templates = [.. Directory.GetFiles(Path.Combine(folder, "templates"), "*.yaml", SearchOption.AllDirectories).Select(File.ReadAllText)];
        Values = Flat(File.ReadAllText(Path.Combine(folder, "values.yaml")));
        Sample = Flat(Repository.Read("docs/samples/my-values.yaml"));
    }

    /// <summary>By path, such as <c>secrets.api.api_key</c>.</summary>
    public IReadOnlyDictionary<string, string> Values { get; }

    public IReadOnlyDictionary<string, string> Sample { get; }

    /// <summary>The paths that templates read.</summary>
    public IReadOnlySet<string> Read => _templates.SelectMany(template => ValuePath().Matches(template)).Select(match => match.Groups[1].Value).ToHashSet();

    public static async Task<HelmChart> PublishAsync()
    {
        using var publisher = new Publisher();
        await publisher.WriteAsync("kubernetes");
        return new HelmChart(publisher.Folder);
    }

    /// <summary>The documents by kind and name, with the chart's values and <paramref name="own"/> in front of them.</summary>
    /// <exception cref="InvalidDataException">A template refuses a value, as Helm's <c>required</c> does.</exception>
    public Dictionary<string, YamlNode> Render(IReadOnlyDictionary<string, string> own)
    {
        var documents = new Dictionary<string, YamlNode>();
        foreach (var template in _templates)
        {
            var text = Action().Replace(template, match => Evaluate(match.Groups[1].Value, own));
            var document = Yaml(text);
            documents.Add($"{document["kind"]}/{document["metadata"]["name"]}", document);
        }

        return documents;
    }

    private string Evaluate(string expression, IReadOnlyDictionary<string, string> own)
    {
        if (expression is ".Chart.Name" or ".Release.Name")
        {
            return "llm-gateway";
        }

        var path = ValuePath().Match(expression);
        Assert.True(path.Success, $"not understood: {expression}");
        var value = own.GetValueOrDefault(path.Groups[1].Value) ?? Values[path.Groups[1].Value];
        if (Demand().Match(expression) is { Success: true } demand)
        {
            return Regex.Match(value, demand.Groups[1].Value) is { Length: > 0 } found ? found.Value : throw new InvalidDataException(demand.Groups[2].Value);
        }

        Assert.Matches(@"^\.Values\.[\w.]+( \| int)?( \| toString)?$", expression);
        return value;
    }

    private static Dictionary<string, string> Flat(string yaml)
    {
        var flat = new Dictionary<string, string>();
        Walk(Yaml(yaml), "");
        return flat;

        void Walk(YamlNode node, string path)
        {
            switch (node)
            {
                case YamlMappingNode mapping:
                    foreach (var (key, value) in mapping)
                    {
                        Walk(value, path.Length == 0 ? key.ToString() : $"{path}.{key}");
                    }

                    break;
                case YamlScalarNode scalar:
                    flat.Add(path, scalar.Value ?? "");
                    break;
            }
        }
    }

    private static YamlNode Yaml(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Single().RootNode;
    }

    [GeneratedRegex(@"\{\{ (.+?) \}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Action();

    [GeneratedRegex(@"\.Values\.([\w.]+)", RegexOptions.CultureInvariant)]
    private static partial Regex ValuePath();

    [GeneratedRegex("^regexFind `([^`]+)` \\(toString \\.Values\\.[\\w.]+\\) \\| required `([^`]+)`$", RegexOptions.CultureInvariant)]
    private static partial Regex Demand();
}

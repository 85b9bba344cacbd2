using System.Text.RegularExpressions;
using LlmGateway.TestSupport;
using YamlDotNet.RepresentationModel;

namespace LlmGateway.AppHost.Tests.Publishing.Public;

/// <summary>The Compose file. It can be written only with the packages of the public set.</summary>
public sealed partial class ComposeTests : IAsyncLifetime
{
    private static readonly string[] Servers = ["redis", "postgres", "rabbitmq", "ollama"];

    private string _file = "";
    private string _variables = "";
    private YamlMappingNode _services = null!;

    public async Task InitializeAsync()
    {
        using var publisher = new Publisher();
        await publisher.WriteAsync("compose");
        _file = publisher.Read("docker-compose.yaml");
        _variables = publisher.Read(".env");
        var stream = new YamlStream();
        stream.Load(new StringReader(_file));
        _services = (YamlMappingNode)stream.Documents.Single().RootNode["services"];
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public void EveryVariable_HasADefault_OrIsDemanded()
    {
        Assert.DoesNotContain(
            Variable().Matches(_file).Select(match => match.Value),
            variable => !variable.Contains(":-", StringComparison.Ordinal) && !variable.Contains(":?", StringComparison.Ordinal));
        Assert.Contains("${API_KEY:?", _file, StringComparison.Ordinal);
    }

    [Fact]
    public void TheSample_GivesWhatIsDemanded_AndSoDoesTheWrittenList()
    {
        var demanded = Variable().Matches(_file).Where(match => match.Value.Contains(":?", StringComparison.Ordinal)).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(demanded, Given(Repository.Read("docs/samples/compose.env")).Where(pair => pair.Value.Length > 0).Select(pair => pair.Key).Order(StringComparer.Ordinal));
        Assert.Equal(demanded, Given(_variables).Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TheApiAlone_HasAPort_OnThisMachineOnly()
    {
        var ports = _services.Where(service => ((YamlMappingNode)service.Value).Children.ContainsKey("ports")).ToArray();
        Assert.Equal("api", Assert.Single(ports).Key.ToString());
        Assert.Equal("${GATEWAY_BIND:-127.0.0.1}:${GATEWAY_PORT:-8080}:${API_PORT:-8080}", ports[0].Value["ports"][0].ToString());
    }

    [Fact]
    public void EveryServer_IsAsked_AndWhoNeedsItWaitsForItsAnswer()
    {
        Assert.All(Servers, server => Assert.NotEmpty(((YamlSequenceNode)_services[server]["healthcheck"]["test"]).Children));
        Assert.All(Servers, server => Assert.Equal("service_healthy", _services["api"]["depends_on"][server]["condition"].ToString()));
    }

    [Fact]
    public void NoContainer_GainsRights_AndTheServicesHaveNone()
    {
        Assert.All(_services.Children.Values, service => Assert.Equal("no-new-privileges:true", service["security_opt"][0].ToString()));
        Assert.All(new[] { "api", "worker", "model-manager", "system-monitor" }, service => Assert.Equal("ALL", _services[service]["cap_drop"][0].ToString()));
    }

    private static Dictionary<string, string> Given(string file) => file.Split('\n')
        .Where(line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#'))
        .Select(line => line.Trim().Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    [GeneratedRegex(@"(?<!\$)\$\{(\w+)[^}]*\}", RegexOptions.CultureInvariant)]
    private static partial Regex Variable();
}

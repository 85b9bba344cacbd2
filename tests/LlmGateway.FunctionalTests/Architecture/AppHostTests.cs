using System.Text.Json;
using System.Xml.Linq;
using LlmGateway.ServiceDefaults.Infrastructure;
using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Architecture;

/// <summary>What has to agree with the AppHost, which not every network can compile: read as text.</summary>
public class AppHostTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "LlmGateway.AppHost");

    private static readonly string Sources = string.Join('\n', new[] { "AppHost.cs", "Models", "Deployment" }
        .Select(part => Path.Combine(Folder, part))
        .SelectMany(path => File.Exists(path) ? [path] : Directory.GetFiles(path, "*.cs", SearchOption.AllDirectories))
        .Select(File.ReadAllText));

    private static readonly XDocument Project = XDocument.Load(Path.Combine(Folder, "LlmGateway.AppHost.csproj"));

    /// <summary>Whatever has a program of its own. Standalone is the system without the AppHost.</summary>
    private static readonly string[] Names =
        [.. Directory.GetDirectories(Repository.Root, "LlmGateway.*")
            .Where(folder => File.Exists(Path.Combine(folder, "Program.cs")))
            .Select(Path.GetFileName).OfType<string>()
            .Where(name => name != "LlmGateway.Standalone").Order(StringComparer.Ordinal)];

    public static TheoryData<string> Hosts => [.. Names];

    [Theory]
    [InlineData("AddRedis", Connections.Redis)]
    [InlineData("AddDatabase", Connections.Database)]
    [InlineData("AddRabbitMQ", Connections.Broker)]
    public void Servers_HaveTheNamesThatServicesLookFor(string method, string name) =>
        Assert.Contains($".{method}(\"{name}\")", Sources, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Hosts))]
    public void AService_IsStartedByTheAppHost(string host)
    {
        Assert.Contains($"AddProject<Projects.{host.Replace('.', '_')}>(", Sources, StringComparison.Ordinal);
        Assert.Contains(Values("ProjectReference"), reference => reference == $"../{host}/{host}.csproj");
    }

    /// <summary>Aspire takes a project's endpoints from its launch profile: without one there is nothing to ask for its health.</summary>
    [Theory]
    [MemberData(nameof(Hosts))]
    public void AService_HasAnAddressOfItsOwn(string host)
    {
        var address = Address(host);
        Assert.Single(Names, other => Address(other) == address);
    }

    /// <summary>The packages that a closed network lacks stand under a condition, all others do not.</summary>
    [Theory]
    [InlineData("Aspire.Hosting.AppHost", false)]
    [InlineData("Aspire.Hosting.Redis", false)]
    [InlineData("Aspire.Hosting.PostgreSQL", false)]
    [InlineData("Aspire.Hosting.RabbitMQ", false)]
    [InlineData("Aspire.Hosting.Docker", true)]
    [InlineData("Aspire.Hosting.Kubernetes", true)]
    [InlineData("CommunityToolkit.Aspire.Hosting.Ollama", true)]
    public void APackage_IsReferenced_AndLeftOutWhereItCannotBeHad(string package, bool publicOnly)
    {
        var reference = Assert.Single(Project.Descendants("PackageReference"), e => e.Attribute("Include")!.Value == package);
        Assert.Equal(publicOnly ? "'$(PackageSet)' == 'public'" : null, reference.Parent!.Attribute("Condition")?.Value);
    }

    private static IEnumerable<string> Values(string element) => Project.Descendants(element).Select(e => e.Attribute("Include")!.Value);

    private static string Address(string host)
    {
        using var settings = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, host, "Properties", "launchSettings.json")));
        var address = settings.RootElement.GetProperty("profiles").GetProperty("http").GetProperty("applicationUrl").GetString()!;
        Assert.StartsWith("http://localhost:", address, StringComparison.Ordinal);
        return address;
    }
}

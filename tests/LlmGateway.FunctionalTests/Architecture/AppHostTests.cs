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

    [Theory]
    [InlineData("Aspire.Hosting.Redis")]
    [InlineData("Aspire.Hosting.PostgreSQL")]
    [InlineData("Aspire.Hosting.RabbitMQ")]
    [InlineData("Aspire.Hosting.Docker")]
    [InlineData("Aspire.Hosting.Kubernetes")]
    [InlineData("CommunityToolkit.Aspire.Hosting.Ollama")]
    public void APackage_IsReferenced_AndLeftOutWhereItCannotBeHad(string package)
    {
        Assert.Contains(package, Values("PackageReference"));
        var left = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.targets")).Descendants("PackageReference")
            .SelectMany(reference => reference.Attribute("Remove")?.Value.Split(';') ?? []);
        Assert.Contains(package, left);
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

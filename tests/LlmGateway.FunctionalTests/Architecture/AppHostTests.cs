using System.Xml.Linq;
using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Architecture;

/// <summary>What the AppHost's own tests cannot see, because they are built in one package set at a time.</summary>
public class AppHostTests
{
    private static readonly XDocument Project = XDocument.Load(Path.Combine(Repository.Root, "LlmGateway.AppHost", "LlmGateway.AppHost.csproj"));

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
}

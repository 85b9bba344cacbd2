using System.Reflection;
using System.Xml.Linq;
using LlmGateway.Core.Pipeline;
using LlmGateway.Providers;
using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Architecture;

/// <summary>Dependencies run one way: Contracts ← Core ← Providers ← Api and Worker; whoever adds a reference adds it here first.</summary>
public class ReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Contracts"] = [],
        ["Settings"] = [],
        ["ServiceDefaults"] = ["Contracts", "Settings"],
        ["Simulator"] = [],
        ["Core"] = ["Contracts", "Settings"],
        ["Providers"] = ["Contracts", "Core"],
        ["Data"] = ["Contracts", "Core"],
        ["Api"] = ["Contracts", "Core", "Providers", "Data", "ServiceDefaults"],
        ["Worker"] = ["Contracts", "Core", "Providers", "Data", "ServiceDefaults"],
        ["ModelManager"] = ["Contracts", "Data", "ServiceDefaults"],
        ["SystemMonitor"] = ["Contracts", "ServiceDefaults"],
        ["Standalone"] = ["Api", "Worker", "ModelManager", "SystemMonitor", "Simulator"],
        ["AppHost"] = ["Api", "Worker", "ModelManager", "SystemMonitor", "Simulator"],
    };

    public static TheoryData<string> Projects =>
        [.. Directory.GetFiles(Repository.Root, "LlmGateway.*.csproj", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
            .Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal)];

    [Fact]
    public void TheProjects_AreFound() => Assert.True(Projects.Count >= 8, "the repository's projects were not found");

    [Theory]
    [MemberData(nameof(Projects))]
    public void AProject_RefersOnlyToWhatItMay(string project)
    {
        var name = project["LlmGateway.".Length..];
        Assert.True(Allowed.TryGetValue(name, out var allowed), $"{project} has no place in the order of dependencies yet");
        var references = XDocument.Load(Path.Combine(Repository.Root, project, project + ".csproj")).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/'))["LlmGateway.".Length..]);
        Assert.Empty(references.Except(allowed));
    }

    [Fact]
    public void TheOrder_HasNoCircle()
    {
        foreach (var project in Allowed.Keys)
        {
            Assert.DoesNotContain(project, Reachable(project));
        }

        static HashSet<string> Reachable(string project)
        {
            var found = new HashSet<string>();
            var open = new Queue<string>(Allowed[project]);
            while (open.TryDequeue(out var next))
            {
                if (found.Add(next))
                {
                    Array.ForEach(Allowed[next], open.Enqueue);
                }
            }

            return found;
        }
    }

    /// <summary>The spine and the adapters run in a Worker too, where there is no HTTP server.</summary>
    [Theory]
    [InlineData(typeof(GatewayPipeline))]
    [InlineData(typeof(ProvidersServiceCollectionExtensions))]
    public void TheSpine_KnowsNoHttpContext(Type type) => Assert.DoesNotContain(
        type.Assembly.GetReferencedAssemblies(), reference => reference.Name!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));

    [Fact]
    public void TheSpine_KnowsNoVendor()
    {
        string[] vendors = ["Ollama", "Vllm", "Anthropic", "Bedrock", "Grok", "OpenAI", "Azure"];
        // What secrets look like is data about the world, and their owners' names tell them apart.
        var names = typeof(GatewayPipeline).Assembly.GetTypes()
            .Where(t => t != typeof(GatewayPipeline).Assembly.GetType("LlmGateway.Core.Sensitivity.FindingKind", throwOnError: true))
            .SelectMany(t => t.GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly).Select(m => m.Name).Append(t.Name));
        Assert.DoesNotContain(names, n => vendors.Any(v => n.Contains(v, StringComparison.OrdinalIgnoreCase)));
        Assert.DoesNotContain(typeof(GatewayPipeline).Assembly.GetReferencedAssemblies(), r => r.Name == "LlmGateway.Providers");
    }
}

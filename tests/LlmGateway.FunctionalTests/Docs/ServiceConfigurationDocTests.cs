using LlmGateway.ModelManager.Nodes;
using LlmGateway.ServiceDefaults.Hosting;
using LlmGateway.SystemMonitor.Sampling;
using LlmGateway.TestSupport;
using LlmGateway.Worker.Batches;
using LlmGateway.Worker.Jobs;

namespace LlmGateway.FunctionalTests.Docs;

/// <summary>docs/configuration.md names every option of the services beside the Api, with its default, and none that does not exist.</summary>
public class ServiceConfigurationDocTests
{
    private static readonly (string Prefix, Type Type)[] Sections =
    [
        ("Worker:", typeof(WorkerOptions)),
        ("Worker:", typeof(JobProcessingOptions)),
        ("Batches:", typeof(BatchOptions)),
        ("ModelManager:", typeof(ModelManagerOptions)),
        ("", typeof(NodesOptions)),
        ("Nodes:NAME:", typeof(NodeOptions)),
        ("Monitor:", typeof(MonitorOptions)),
    ];

    private static readonly string[] Prefixes = ["Worker:", "Batches:", "ModelManager:", "Nodes", "Monitor:"];

    [Fact]
    public void EveryOption_IsDocumentedWithItsDefault_AndNoOther() => Assert.Equal(
        ConfigurationDocs.Options(Sections).Order(),
        ConfigurationDocs.Rows().Where(row => Prefixes.Any(p => row.Setting.StartsWith(p, StringComparison.Ordinal))).Order());
}

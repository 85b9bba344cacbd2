using YamlDotNet.RepresentationModel;

namespace LlmGateway.AppHost.Tests.Publishing.Public;

/// <summary>The Helm chart. It can be written only with the packages of the public set.</summary>
public sealed class ChartTests : IAsyncLifetime
{
    private static readonly string[] Services = ["api", "worker", "model-manager", "system-monitor"];

    /// <summary>Written once for all tests.</summary>
    private static readonly Lazy<Task<HelmChart>> Published = new(HelmChart.PublishAsync);

    private HelmChart _chart = null!;

    public async Task InitializeAsync() => _chart = await Published.Value;

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public void EveryValueThatTheChartReads_IsListedInItsValues() =>
        Assert.Empty(_chart.Read.Except(_chart.Values.Keys));

    [Fact]
    public void TheSampleValues_GiveWhatTheChartLeavesEmpty_AndNothingThatNobodyReads()
    {
        var empty = _chart.Read.Where(path => _chart.Values[path].Length == 0).ToArray();
        Assert.Contains("secrets.api.api_key", empty);
        Assert.All(empty, path => Assert.NotEqual("", _chart.Sample.GetValueOrDefault(path, "")));
        Assert.Empty(_chart.Sample.Keys.Except(_chart.Read));
    }

    [Fact]
    public void WithTheSampleValues_NoSettingIsEmpty_AndTheKeyIsWhole()
    {
        var documents = _chart.Render(_chart.Sample);
        var settings = documents.Where(document => document.Key.StartsWith("ConfigMap/", StringComparison.Ordinal) || document.Key.StartsWith("Secret/", StringComparison.Ordinal))
            .SelectMany(document => (YamlMappingNode)document.Value[document.Key[0] == 'C' ? "data" : "stringData"]);
        Assert.DoesNotContain(settings, setting => setting.Value.ToString() is "" || setting.Value.ToString().Contains("{{", StringComparison.Ordinal));
        var secrets = documents["Secret/api-secrets"]["stringData"];
        Assert.Equal("sk-gw-change-me", secrets["LLM_GATEWAY__Authentication__Keys__apphost__Key"].ToString());
        Assert.Equal("amqp://guest:change-me-rabbitmq@rabbitmq-service:5672", secrets["ConnectionStrings__rabbitmq"].ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("a@b")]
    [InlineData("a;b")]
    [InlineData("a,b")]
    [InlineData("a\"b")]
    [InlineData("a'b")]
    [InlineData("a/b")]
    public void APasswordThatIsMissing_OrWouldMeanSomethingInAConnectionString_IsRefusedByName(string password)
    {
        const string Path = "secrets.api.rabbitmq_password";
        var values = new Dictionary<string, string>(_chart.Sample) { [Path] = password };
        var refused = Assert.Throws<InvalidDataException>(() => _chart.Render(values));
        Assert.Contains($"{Path} must be given", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatStandsAlone_MayBeBase64()
    {
        var values = new Dictionary<string, string>(_chart.Sample) { ["secrets.api.api_key"] = "aB3+/x==" };
        Assert.Equal("aB3+/x==", _chart.Render(values)["Secret/api-secrets"]["stringData"]["LLM_GATEWAY__Authentication__Keys__apphost__Key"].ToString());
    }

    [Fact]
    public void ANewPod_IsReady_BeforeTheOldOneGoes()
    {
        var documents = _chart.Render(_chart.Sample);
        Assert.All(Services, service =>
        {
            var update = documents[$"Deployment/{service}-deployment"]["spec"]["strategy"]["rollingUpdate"];
            Assert.Equal(("0", "1"), (update["maxUnavailable"].ToString(), update["maxSurge"].ToString()));
        });
    }

    [Fact]
    public void AServersPods_HaveTheNameOfItsService()
    {
        var documents = _chart.Render(_chart.Sample);
        Assert.All(Workloads(documents).Where(workload => workload["kind"].ToString() == "StatefulSet"), workload =>
            Assert.Contains($"Service/{workload["spec"]["serviceName"]}", documents.Keys));
    }

    [Fact]
    public void EveryPod_IsWatched_HasItsShareOfTheNode_AndNoRightsToSpare()
    {
        var workloads = Workloads(_chart.Render(_chart.Sample)).ToArray();
        Assert.Equal(8, workloads.Length);
        Assert.All(workloads, workload =>
        {
            var pod = (YamlMappingNode)workload["spec"]["template"]["spec"];
            var container = (YamlMappingNode)pod["containers"][0];
            Assert.All(new[] { "startupProbe", "livenessProbe", "readinessProbe" }, probe => Assert.Contains(probe, container.Children.Keys.Select(key => key.ToString())));
            Assert.All(new[] { "cpu", "memory" }, share => Assert.NotEqual("", container["resources"]["requests"][share].ToString()));
            Assert.Equal("false", pod["automountServiceAccountToken"].ToString());
            Assert.Equal("RuntimeDefault", pod["securityContext"]["seccompProfile"]["type"].ToString());
            Assert.Equal("false", container["securityContext"]["allowPrivilegeEscalation"].ToString());
            Assert.Equal("ALL", container["securityContext"]["capabilities"]["drop"][0].ToString());
            // Ollama's image is made for root.
            if (container["name"].ToString() != "ollama")
            {
                Assert.Equal("true", pod["securityContext"]["runAsNonRoot"].ToString());
                Assert.NotEmpty(container["resources"]["limits"]["memory"].ToString());
            }
        });
    }

    [Fact]
    public void AService_WritesToItsOwnTmpOnly()
    {
        var documents = _chart.Render(_chart.Sample);
        Assert.All(Services, service =>
        {
            var container = documents[$"Deployment/{service}-deployment"]["spec"]["template"]["spec"]["containers"][0];
            Assert.Equal("true", container["securityContext"]["readOnlyRootFilesystem"].ToString());
            Assert.Equal(["/tmp"], ((YamlSequenceNode)container["volumeMounts"]).Select(mount => mount["mountPath"].ToString()));
        });
    }

    private static IEnumerable<YamlNode> Workloads(Dictionary<string, YamlNode> documents) =>
        documents.Where(document => document.Key.StartsWith("Deployment/", StringComparison.Ordinal) || document.Key.StartsWith("StatefulSet/", StringComparison.Ordinal))
            .Select(document => document.Value);
}

using LlmGateway.TestSupport;

namespace LlmGateway.AppHost.Tests.Publishing;

/// <summary>The AppHost's program as `aspire publish` and azd start it, writing into a folder that goes with this object.</summary>
internal sealed class Publisher : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("llmgateway-apphost-").FullName;

    public Task WriteManifestAsync() => RunAsync([], "--publisher", "manifest", "--output-path", Path.Combine(Folder, "manifest.json"));

    public Task WriteAsync(string target) =>
        RunAsync(new() { ["Deployment__Target"] = target }, "--operation", "publish", "--step", "publish", "--output-path", Folder);

    public string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private async Task RunAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        // Where passwords are kept that publishing made: not among those of somebody who deploys from this machine.
        environment["ASPIRE_HOME"] = Path.Combine(Folder, ".aspire");
        await using var appHost = new ServiceProcess("LlmGateway.AppHost", arguments, environment);
        var exit = await appHost.WaitForExitAsync();
        Assert.True(exit == 0, appHost.Output);
    }
}

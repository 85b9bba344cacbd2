namespace LlmGateway.FunctionalTests.Publishing;

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("llmgateway-published-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

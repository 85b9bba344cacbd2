using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Standalone;

/// <summary>What Standalone says about settings, as a process: plainly, in one line for each thing, and never with a stack trace.</summary>
public sealed class SettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmgateway-standalone-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("""{"Providers":{"openai":{"Type":"openai",}""", "llm-gateway.json, line 1:")]
    [InlineData("""{"Providers":{"o":{"Type":"ollama","Discover":"yes please","Timeouts":{"Total":300}}},"Alias":{}}""", "Providers:o:Discover is 'yes please'; it must be true or false (llm-gateway.json).")]
    [InlineData("""{"Sensitivty":{"Enabled":true}}""", "Sensitivty is not a setting; did you mean Sensitivity? (llm-gateway.json)")]
    public async Task AFileWithAMistake_IsNotStartedWith(string json, string message)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "llm-gateway.json"), json);
        await FailsAsync(message, []);
    }

    [Theory]
    [InlineData("Invalid url", "--urls", "127.0.0.1:18371")]
    [InlineData("unknown argument '--port'", "--port", "9000")]
    [InlineData("Server:MaxJsonDept is not a setting; did you mean Server:MaxJsonDepth? (command line)", "--urls", "http://127.0.0.1:0", "--Server:MaxJsonDept=3")]
    public async Task AnArgumentThatNobodyUnderstands_IsRefused(string message, params string[] args) => await FailsAsync(message, args);

    [Fact]
    public async Task AFolderThatCannotBeMade_IsNamed()
    {
        await using var gateway = Start(["--urls", "http://127.0.0.1:0"], ("Standalone__DataDirectory", "/proc/nope"));
        Assert.NotEqual(0, await gateway.WaitForExitAsync());
        Assert.Contains("/proc/nope", gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConfigShow_ListsWhatIsInForce_WithItsOrigin_AndMasksSecrets()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "llm-gateway.json"), """{"Server":{"MaxRequestHeaders":50}}""");
        await using var gateway = Start(["config", "show"], ("LLM_GATEWAY__Providers__p__Type", "openai"), ("LLM_GATEWAY__Providers__p__ApiKey", "sk-secret-1"), ("REDIS_URL", "redis://:sk-secret-2@h"));
        Assert.Equal(0, await gateway.WaitForExitAsync());
        string[] lines =
        [
            "Server:MaxRequestHeaders = 50  (llm-gateway.json)", "Server:MaxJsonDepth = 64  (default)",
            "Providers:p:ApiKey = ***  (environment variable LLM_GATEWAY__Providers__p__ApiKey)", "ConnectionStrings:redis = ***  (well-known variable)",
        ];
        Assert.All(lines, line => Assert.Contains(line, gateway.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("sk-secret", gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhenNothingCanBeUsed_ItIsNotReady_AndEachProviderIsALineWithItsSetting()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "llm-gateway.json"),
            """{"Providers":{"openai":{"Type":"openai"},"far":{"Type":"vllm","BaseUrl":"http://127.0.0.1:9/v1"}},"Aliases":{"fast":"ollama/nope"}}""");
        await using var gateway = Start(["--urls", "http://127.0.0.1:0"]);
        var output = await gateway.WaitForOutputAsync(text => text.Contains("Stop with Ctrl+C.", StringComparison.Ordinal));
        Assert.DoesNotContain("is ready", output, StringComparison.Ordinal);
        Assert.Contains("NO MODEL CAN BE USED", output, StringComparison.Ordinal);
        Assert.Contains("no ApiKey; set Providers:openai:ApiKey (environment: LLM_GATEWAY__Providers__openai__ApiKey)", output, StringComparison.Ordinal);
        Assert.Contains("Look at Providers:far:BaseUrl", output, StringComparison.Ordinal);
        Assert.Contains("alias fast → ollama/nope: not served", output, StringComparison.Ordinal);
        var colons = output.Split('\n').Where(line => line.StartsWith("  far (", StringComparison.Ordinal) || line.StartsWith("  openai (", StringComparison.Ordinal))
            .Select(line => line.IndexOf(" : ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, colons.Length);
        Assert.Equal(colons[0], colons[1]);
    }

    private async Task FailsAsync(string message, string[] args)
    {
        await using var gateway = Start(args.Length == 0 ? ["--urls", "http://127.0.0.1:0"] : args);
        Assert.InRange(await gateway.WaitForExitAsync(), 1, 2);
        Assert.Contains(message, gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", gateway.Output, StringComparison.Ordinal);
    }

    private ServiceProcess Start(string[] args, params (string Name, string Value)[] more)
    {
        var environment = new Dictionary<string, string> { ["Standalone__DataDirectory"] = _folder, ["OLLAMA_BASE_URL"] = "http://127.0.0.1:9" };
        foreach (var (name, value) in more)
        {
            environment[name] = value;
        }

        return new ServiceProcess("LlmGateway.Standalone", args, environment, _folder);
    }
}

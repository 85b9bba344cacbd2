using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlmGateway.Simulator;
using LlmGateway.TestSupport;

namespace LlmGateway.FunctionalTests.Standalone;

/// <summary>The newcomer's way in: the process as <c>dotnet run --project LlmGateway.Standalone</c> starts it.</summary>
public sealed partial class StandaloneTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("llmgateway-standalone-").FullName;

    /// <summary>An address where nothing listens, so that an Ollama on the machine does not take part.</summary>
    private readonly RefusingAddress _nowhere = new();

    public void Dispose()
    {
        _nowhere.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task FirstStart_MakesAKeyThatOnlyItsOwnerCanRead_AndTheNextStartKeepsIt()
    {
        var file = Path.Combine(_data, "api-key");
        await using (var first = Start())
        {
            await ReadyAsync(first);
            Assert.Contains($"A new API key was made; it lies in {file}", first.Output, StringComparison.Ordinal);
            Assert.Equal(0, await first.StopAsync());
        }

        var key = (await File.ReadAllTextAsync(file)).Trim();
        Assert.Matches("^sk-gw-[A-Za-z0-9_-]{43}$", key);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            // Somebody loosened it: the next start closes it again.
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        }

        await using var second = Start();
        await ReadyAsync(second);
        Assert.DoesNotContain("new API key", second.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(key, second.Output, StringComparison.Ordinal);
        Assert.Equal(key, (await File.ReadAllTextAsync(file)).Trim());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task WithoutAnyModel_TheSimulatorAnswersAndSaysThatItIsOne_AndThePrintedLinesWork()
    {
        await using var gateway = Start();
        await ReadyAsync(gateway);
        Assert.Contains("SIMULATED", gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("real", FindProviderLine(gateway, "simulator").Replace("no real model", "", StringComparison.Ordinal), StringComparison.Ordinal);

        var lines = CurlLine().Matches(gateway.Output).Select(match => match.Value.Trim()).ToArray();
        Assert.Equal(3, lines.Length);
        var chat = await BashAsync(lines[0]);
        Assert.False(string.IsNullOrWhiteSpace(
            JsonDocument.Parse(chat).RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()));
        var stream = await BashAsync(lines[1]);
        Assert.StartsWith("data: {", stream, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]", stream.TrimEnd(), StringComparison.Ordinal);
        var embedding = await BashAsync(lines[2]);
        Assert.True(JsonDocument.Parse(embedding).RootElement.GetProperty("data")[0].GetProperty("embedding").GetArrayLength() > 10);
    }

    [Fact]
    public async Task OfficialOpenAIClient_WorksAgainstIt()
    {
        await using var gateway = Start();
        var address = await ReadyAsync(gateway);
        var key = (await File.ReadAllTextAsync(Path.Combine(_data, "api-key"))).Trim();
        var output = await NodeRunner.RunAsync("gateway-client.mjs", [address + "/v1", key]);
        Assert.Contains("passed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAIKeyInTheEnvironment_ServesOpenAIsModels_AndStartsNoSimulator()
    {
        await using var upstream = await SimulatorServer.StartAsync(new SimulatorOptions { ApiKeys = ["sk-openai-key-of-a-test"] });
        await using var gateway = Start(("OPENAI_API_KEY", "sk-openai-key-of-a-test"), ("OPENAI_BASE_URL", new Uri(upstream.BaseAddress, "v1").ToString()));
        await ReadyAsync(gateway);
        Assert.Contains("openai (real, ", gateway.Output, StringComparison.Ordinal);
        Assert.Contains("sim-small", FindProviderLine(gateway, "openai"), StringComparison.Ordinal);
        Assert.DoesNotContain("SIMULATED", gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-openai-key-of-a-test", gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunningOllama_IsServedAtOnce()
    {
        await using var ollama = await SimulatorServer.StartAsync();
        await using var gateway = Start(("OLLAMA_BASE_URL", ollama.BaseAddress.ToString()));
        var address = await ReadyAsync(gateway);
        Assert.Contains("ollama (real, ", gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("SIMULATED", gateway.Output, StringComparison.Ordinal);

        var key = (await File.ReadAllTextAsync(Path.Combine(_data, "api-key"))).Trim();
        var output = await NodeRunner.RunAsync("gateway-client.mjs", [address + "/v1", key, "ollama"]);
        Assert.Contains("passed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddressInUse_EndsWithAClearMessage()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";
        await using var gateway = new ServiceProcess("LlmGateway.Standalone", ["--urls", url], Environment());
        Assert.Equal(1, await gateway.WaitForExitAsync());
        Assert.Contains("--urls", gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MistakesInTheSettings_AreListedAllAtOnce()
    {
        await using var gateway = Start(
            ("LLM_GATEWAY__Providers__a__Type", "openia"), ("LLM_GATEWAY__Providers__a__BaseUrl", "localhost"), ("LLM_GATEWAY__Server__MaxJsonDepth", "0"));
        Assert.Equal(1, await gateway.WaitForExitAsync());
        Assert.Contains("Providers:a:Type is 'openia'", gateway.Output, StringComparison.Ordinal);
        Assert.Contains("Providers:a:BaseUrl is 'localhost'", gateway.Output, StringComparison.Ordinal);
        Assert.Contains("MaxJsonDepth", gateway.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", gateway.Output, StringComparison.Ordinal);
    }

    private ServiceProcess Start(params (string Name, string Value)[] more)
    {
        var environment = Environment();
        foreach (var (name, value) in more)
        {
            environment[name] = value;
        }

        return new ServiceProcess("LlmGateway.Standalone", ["--urls", "http://127.0.0.1:0"], environment);
    }

    private Dictionary<string, string> Environment() => new()
    {
        ["Standalone__DataDirectory"] = _data,
        ["OLLAMA_BASE_URL"] = _nowhere.Url,
    };

    private static async Task<string> ReadyAsync(ServiceProcess gateway)
    {
        var output = await gateway.WaitForOutputAsync(text => text.Contains("Stop with Ctrl+C.", StringComparison.Ordinal));
        return ReadyLine().Match(output).Groups[1].Value;
    }

    private static string FindProviderLine(ServiceProcess gateway, string provider) =>
        gateway.Output.Split('\n').Single(line => line.StartsWith($"  {provider} (", StringComparison.Ordinal));

    private static async Task<string> BashAsync(string line)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", line.Replace("curl ", "curl -sS --max-time 30 ", StringComparison.Ordinal)])
        {
            RedirectStandardOutput = true,
        })!;
        var output = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        Assert.True(bash.ExitCode == 0, $"{line}\nexited with {bash.ExitCode}: {output}");
        return output;
    }

    [GeneratedRegex(@"LlmGateway is ready: (http://\S+)/v1")]
    private static partial Regex ReadyLine();

    [GeneratedRegex("^  curl .*$", RegexOptions.Multiline)]
    private static partial Regex CurlLine();
}

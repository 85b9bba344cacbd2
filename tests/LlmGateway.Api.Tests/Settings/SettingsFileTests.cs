using System.Net;
using System.Net.Http.Json;

namespace LlmGateway.Api.Tests.Settings;

/// <summary>A settings file that changes, vanishes, breaks or is a link while the gateway runs.</summary>
public sealed class SettingsFileTests : IDisposable
{
    private const string Alice = "sk-alice-0123456789";
    private const string Carol = "sk-carol-0123456789";

    private readonly string _folder = Directory.CreateTempSubdirectory("llmgateway-settings-").FullName;

    private string File => Path.Combine(_folder, "llm-gateway.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task AFileWithASyntaxError_IsAnErrorInLogAndHealth_AndOnceMendedItCounts()
    {
        Write(Keys(("alice", Alice), ("carol", Carol)));
        await using var gateway = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, Alice));

        Write(Keys(("carol", Carol)) + "}");
        await DegradedAsync(gateway);
        Assert.Contains(gateway.Errors, e => e.Contains("llm-gateway.json, line 1:", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, Alice));

        Write("");
        await Eventually.IsTrueAsync(() => gateway.Errors.Count(e => e.Contains("llm-gateway.json", StringComparison.Ordinal)) >= 2, "an empty file is told too");

        Write(Keys(("carol", Carol)));
        await Eventually.IsTrueAsync(async () => await AskAsync(gateway, Alice) == HttpStatusCode.Unauthorized, "the removed key is refused");
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, Carol));
        await Eventually.IsTrueAsync(async () => await SettingsAsync(gateway, "healthy"), "health is well again");
    }

    /// <summary>What the environment says is whole without the file, and would let more through.</summary>
    [Fact]
    public async Task AFileThatIsGone_TakesNothingAway()
    {
        Write("""{"Sensitivity":{"Keywords":["bluebird"],"NationalIds":["us_ssn"]}}""");
        await using var gateway = await StartAsync(("Sensitivity:Enabled", "true"), ("Sensitivity:Threshold", "0.7"), ("Providers:up:SecurityLevel", "Low"), ("Providers:up:Models:m:UpstreamName", "m"));
        Assert.Equal(HttpStatusCode.Forbidden, await ChatAsync(gateway, "the bluebird flies"));

        System.IO.File.Move(File, File + ".away");
        await DegradedAsync(gateway);
        Assert.Equal(HttpStatusCode.Forbidden, await ChatAsync(gateway, "the bluebird flies"));
        Assert.Contains(gateway.Errors, e => e.Contains("llm-gateway.json is missing", StringComparison.Ordinal));

        System.IO.File.Move(File + ".away", File);
        await Eventually.IsTrueAsync(async () => await SettingsAsync(gateway, "healthy"), "health is well again");
        Write("""{"Sensitivity":{"Keywords":["osprey"]}}""");
        await Eventually.IsTrueAsync(async () => await ChatAsync(gateway, "the osprey flies") == HttpStatusCode.Forbidden, "the change is taken over");
    }

    /// <summary>As Kubernetes mounts a ConfigMap: the file is a link through a folder that is swapped.</summary>
    [Fact]
    public async Task AFileBehindLinks_IsReadAgain_WhenAFolderIsSwapped()
    {
        Directory.CreateDirectory(Path.Combine(_folder, ".one"));
        Directory.CreateDirectory(Path.Combine(_folder, ".two"));
        System.IO.File.WriteAllText(Path.Combine(_folder, ".one", "llm-gateway.json"), Keys(("alice", Alice), ("carol", Carol)));
        System.IO.File.WriteAllText(Path.Combine(_folder, ".two", "llm-gateway.json"), Keys(("carol", Carol)));
        Directory.CreateSymbolicLink(Path.Combine(_folder, ".data"), ".one");
        System.IO.File.CreateSymbolicLink(File, ".data/llm-gateway.json");
        await using var gateway = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, Alice));

        Directory.CreateSymbolicLink(Path.Combine(_folder, ".new"), ".two");
        Directory.Delete(Path.Combine(_folder, ".data"));
        Directory.Move(Path.Combine(_folder, ".new"), Path.Combine(_folder, ".data"));
        await Eventually.IsTrueAsync(async () => await AskAsync(gateway, Alice) == HttpStatusCode.Unauthorized, "the removed key is refused");
        Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, Carol));
    }

    [Fact]
    public async Task AChangeWithAValueOfTheWrongType_ChangesNothing_AndIsNamedWithItsFile()
    {
        Write(Provider("4"));
        await using var gateway = await StartAsync();
        Write(Provider("\"ten\""));
        await DegradedAsync(gateway);
        Assert.Contains(gateway.Errors, e => e.Contains("Providers:a:MaxConcurrency is 'ten'; it must be a whole number (llm-gateway.json)", StringComparison.Ordinal));
        Assert.Contains("\"one\"", await gateway.Client.GetStringAsync("/v1/models"), StringComparison.Ordinal);

        static string Provider(string most) =>
            """{"Providers":{"a":{"Type":"openai","BaseUrl":"http://127.0.0.1:9/v1","Discover":false,"Models":{"one":{}},"MaxConcurrency":"""
            + most + "}}}";
    }

    private Task<TestGateway> StartAsync(params (string Name, string? Value)[] more) => TestGateway.StartWithFileAsync(
        File,
        [("Authentication:Keys:test:Key", TestGateway.Key), ("Providers:up:Type", "openai"), ("Providers:up:BaseUrl", "http://127.0.0.1:9/v1"), .. more]);

    private void Write(string json)
    {
        // Whole at once, as careful programs write.
        System.IO.File.WriteAllText(File + ".new", json);
        System.IO.File.Move(File + ".new", File, overwrite: true);
    }

    private static string Keys(params (string Name, string Key)[] keys) =>
        "{\"Authentication\":{\"Keys\":{" + string.Join(",", keys.Select(k => $"\"{k.Name}\":{{\"Key\":\"{k.Key}\"}}")) + "}}}";

    private static Task DegradedAsync(TestGateway gateway) =>
        Eventually.IsTrueAsync(async () => await SettingsAsync(gateway, "degraded"), "health says that the settings are not taken over");

    private static async Task<bool> SettingsAsync(TestGateway gateway, string status)
    {
        using var answer = await gateway.Client.GetAsync("/health/ready");
        return (await answer.Content.ReadAsStringAsync()).Contains($"\"settings\":{{\"status\":\"{status}\"", StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> AskAsync(TestGateway gateway, string key)
    {
        using var client = gateway.NewClient(key);
        using var response = await client.GetAsync("/v1/models");
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> ChatAsync(TestGateway gateway, string text)
    {
        using var response = await gateway.Client.PostAsync(
            "/v1/chat/completions", JsonContent.Create(new { model = "m", messages = new[] { new { role = "user", content = text } } }));
        return response.StatusCode;
    }
}

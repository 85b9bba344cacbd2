using LlmGateway.Api.Hosting;
using LlmGateway.ServiceDefaults.Hosting;

namespace LlmGateway.Api.Tests.Settings;

/// <summary>Everything that is wrong with a settings file is told, all at once, with its path; nothing is skipped without a word.</summary>
public sealed class StrictSettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmgateway-settings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("""{"Providers":{"o":{"Type":"ollama","BaseUrl":"http://h","Timeouts":{"FirstToken":"30s"}}}}""", "Providers:o:Timeouts:FirstToken is '30s'; it must be a duration")]
    [InlineData("""{"Providers":{"o":{"Type":"ollama","BaseUrl":"http://h","Timeouts":{"Total":300}}}}""", "Providers:o:Timeouts:Total is '300'; it must be a duration")]
    [InlineData("""{"Providers":{"o":{"Type":"ollama","BaseUrl":"http://h","Discover":"yes please"}}}""", "Providers:o:Discover is 'yes please'; it must be true or false")]
    [InlineData("""{"Providers":{"o":{"Type":"ollama","BaseUrl":"http://h","SecurityLevel":"Hihg"}}}""", "Providers:o:SecurityLevel is 'Hihg'; it must be one of: Low, Medium, High")]
    [InlineData("""{"Providers":{"o":{"Type":"ollama","BaseUrl":"http://h","MaxConcurrency":"ten"}}}""", "Providers:o:MaxConcurrency is 'ten'; it must be a whole number (file.json)")]
    [InlineData("""{"Providers":{"ollama":"http://localhost:11434"}}""", "Providers:ollama is no object")]
    [InlineData("""{"Providers":[{"Type":"ollama"}]}""", "Providers is a list; it must be an object")]
    [InlineData("""{"Providers":{"o":{"Type":"ollama","BaseUrl":"http://h","Models":{"a":{"ContextLength":"8k"}}}}}""", "Providers:o:Models:a:ContextLength is '8k'")]
    [InlineData("""{"Providers":{"o":{"Type":"ollama","BaseUri":"http://h"}}}""", "Providers:o:BaseUri is not a setting; did you mean Providers:o:BaseUrl?")]
    [InlineData("""{"Providers":{"o":{"Type":"ollama","BaseUrl":"http://h","KeepAlife":"5m"}}}""", "Providers:o:KeepAlife is not a setting; did you mean Providers:o:KeepAlive?")]
    [InlineData("""{"Providers":{"o":{"Type":"ollama","BaseUrl":"http://h","Models":{"llama3.2:1b":{"ContextLength":1}}}}}""", "If the model is called 'llama3.2:1b', write a list")]
    [InlineData("""{"Sensitivity":{"Weights":{"email":"high"}}}""", "Sensitivity:Weights:email is 'high'; it must be a number")]
    [InlineData("""{"Sensitivity":{"Enable":true,"Keywords":["bluebird"]}}""", "Sensitivity:Enable is not a setting; did you mean Sensitivity:Enabled?")]
    [InlineData("""{"Sensitivity":{"Enabled":true,"Keywords":"bluebird"}}""", "Sensitivity:Keywords is 'bluebird'; it must be a list, such as [ \"bluebird\" ]")]
    [InlineData("""{"Sensitivty":{"Enabled":true}}""", "Sensitivty is not a setting; did you mean Sensitivity?")]
    [InlineData("""{"Alias":{"a":"b"}}""", "Alias is not a setting; did you mean Aliases?")]
    [InlineData("""{"Loging":{}}""", "Loging is not a setting; did you mean Logging?")]
    [InlineData("""{"MaxRequestBodyBytes":1}""", "MaxRequestBodyBytes is not a setting; did you mean Server:MaxRequestBodyBytes?")]
    [InlineData("""{"model_list":[{"model_name":"x"}]}""", "model_list is not a setting")]
    [InlineData("""{"Server":{"MaxRequestBodybites":1}}""", "Server:MaxRequestBodybites is not a setting; did you mean Server:MaxRequestBodyBytes?")]
    [InlineData("""{"Server":{"MaxRequestBodyBytes":"20MB"}}""", "Server:MaxRequestBodyBytes is '20MB'; it must be a whole number")]
    [InlineData("""{"Server":{"MaxJsonDepth":0}}""", "Server:MaxJsonDepth is 0; it must be from")]
    [InlineData("""{"Authentication":{"ApiKeys":{"a":{"Key":"sk-0123456789ab"}}}}""", "Authentication:ApiKeys is not a setting")]
    [InlineData("""{"Authentication":{"Keys":{"me":{"Key":"sk-0123456789ab","Roles":"admin"}}}}""", "Authentication:Keys:me:Roles is 'admin'; it must be a list")]
    [InlineData("""{"Jobs":{"MaxAttempts":"three"},"Database":{"Writer":{"Capasity":1}}}""", "Jobs:MaxAttempts is 'three'")]
    [InlineData("""{"Providers":{"openai":{"Type":"openai",}""", "file.json, line 1:")]
    public async Task AMistake_IsToldWithItsPath(string json, string message)
    {
        var (code, output) = await CheckAsync(json);
        Assert.Contains(message, output, StringComparison.Ordinal);
        Assert.Equal(1, code);
    }

    [Fact]
    public async Task ASecret_IsNotShown()
    {
        var (code, output) = await CheckAsync("""{"Authentication":{"Keys":{"me":"sk-secret-0123456789","you":{"Key":["sk-secret-0123456789"]}}},"Providers":{"a":{"Type":"openai","ApiKeys":"sk-secret-1"}},"Webhooks":{"PreviousSigningKeys":"sk-secret-2"}}""");
        Assert.Equal(1, code);
        Assert.Contains("Authentication:Keys:me is no object", output, StringComparison.Ordinal);
        Assert.Contains("Authentication:Keys:you:Key is a list", output, StringComparison.Ordinal);
        Assert.Contains("Providers:a:ApiKeys has a value of the wrong type", output, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-secret", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AllMistakes_AreToldAtOnce()
    {
        var (_, output) = await CheckAsync("""{"Providers":{"ollama":{"Type":"ollama","Discover":"yes please","Timeouts":{"FirstToken":"30s","Total":300}}},"Server":{"MaxRequestBodyBytes":"20MB"},"Alias":{}}""");
        string[] paths = ["Providers:ollama:Discover", "Providers:ollama:Timeouts:FirstToken", "Providers:ollama:Timeouts:Total", "Server:MaxRequestBodyBytes", "Alias is not"];
        Assert.All(paths, path => Assert.Contains(path, output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"Providers":{"o":{"Type":"ollama"}}}""")]
    [InlineData("""{"Aliases":{"fast":"o/x","many":["a","b"],"full":{"Targets":"a","Strategy":"cost"}},"Routing":{"Fallbacks":{"*":[{"Model":"m"}]}}}""")]
    [InlineData("""{"Logging":{"LogLevel":{"Default":"Warning"}},"Kestrel":{"Endpoints":{"h":{"Url":"http://127.0.0.1:1"}}},"AllowedHosts":"*","ConnectionStrings":{"redis":"h:1"},"OLLAMA_BASE_URL":"http://h:1"}""")]
    [InlineData("""{"Worker":{"Concurrency":3},"Batches":{"BatchSize":2},"Monitor":{"HostName":"h"},"Nodes":{"a":{"BaseUrl":"http://h"}},"Standalone":{"DataDirectory":"/x"}}""")]
    [InlineData("""{"Providers":{"o":{"Type":"ollama","BaseUrl":"http://h","ApiKey":null,"Models":[{"Name":"llama3.2:1b","ContextLength":1}],"Endpoints":{}}}}""")]
    public async Task WhatIsGood_IsAccepted(string json) => Assert.Equal((0, "file.json is good.\n"), await CheckAsync(json));

    /// <summary>A misspelt variable with our prefix is for nobody else; other variables are.</summary>
    [Fact]
    public async Task AtStart_AllMistakesAreTold_OfEverySection()
    {
        var refused = (await TestGateway.FailToStartAsync(
            ("Authentication:Keys:a:Key", TestGateway.Key), ("Providers:up:Type", "openai"), ("Providers:up:Discover", "maybe"), ("Server:MaxJsonDept", "3"))).ToString();
        Assert.Contains("Providers:up:Discover is 'maybe'", refused, StringComparison.Ordinal);
        Assert.Contains("Server:MaxJsonDept is not a setting; did you mean Server:MaxJsonDepth?", refused, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output)> CheckAsync(string json)
    {
        var file = Path.Combine(_folder, "file.json");
        await File.WriteAllTextAsync(file, json);
        using var output = new StringWriter();
        var code = await new ConfigCommands(_ => { }, builder => builder.AddGatewayApi()).RunAsync(["config", "check", file], output);
        return (code, output.ToString().Replace(_folder + "/", "", StringComparison.Ordinal).ReplaceLineEndings("\n"));
    }
}

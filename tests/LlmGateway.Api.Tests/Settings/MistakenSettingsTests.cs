using System.Text.Json.Nodes;
using LlmGateway.Api.Hosting;
using LlmGateway.Settings.Files;
using LlmGateway.Settings.Reload;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace LlmGateway.Api.Tests.Settings;

/// <summary>Random settings files with one mistake each: an unknown name, a wrong type, a wrong place. All are refused with the right path.</summary>
public sealed class MistakenSettingsTests : IAsyncDisposable
{
    private const int Files = 400;

    private const string Good = """
        {
          "Server": { "MaxRequestBodyBytes": 20971520, "StreamKeepAlive": "00:00:10", "MaxJsonDepth": 32 },
          "Authentication": { "Keys": { "team": { "Key": "sk-0123456789abcdef", "Roles": [ "user", "admin" ] } }, "KeyCache": { "Duration": "00:00:20", "Capacity": 500 } },
          "Providers": {
            "openai": { "Type": "openai", "ApiKeys": [ "a", "b" ], "Priority": 2, "Weight": 1.5, "Credentials": { "LongestRest": "00:10:00" } },
            "vllm": {
              "Type": "vllm", "BaseUrl": "http://gpu-1:8000/v1", "Headers": { "x-team": "search" }, "Discover": false, "SecurityLevel": "High", "MaxConcurrency": 4,
              "Models": { "qwen": { "UpstreamName": "Qwen/Qwen3-32B", "ContextLength": 32768, "Capabilities": [ "chat" ], "Prices": { "Input": 1.5, "Output": 2 } } },
              "Timeouts": { "FirstToken": "00:00:30", "Total": "00:05:00" }
            },
            "bedrock": { "Type": "bedrock", "Aws": { "Region": "us-east-1" } },
            "fleet": { "Type": "ollama", "Endpoints": { "a": { "BaseUrl": "http://a:1", "Weight": 2 }, "b": { "BaseUrl": "http://b:1" } } }
          },
          "Aliases": { "fast": "fleet/x", "smart": { "Targets": [ "vllm/qwen" ], "Strategy": "cost" } },
          "Routing": { "Strategy": "cost", "MaxAttempts": 4, "CircuitBreaker": { "Enabled": true, "FailureRatio": 0.4 }, "Admission": { "MaxQueueLength": 5 }, "Fallbacks": { "qwen": [ { "Model": "fast", "MaxTokens": 100 } ] } },
          "Sensitivity": { "Enabled": true, "Threshold": 0.6, "Keywords": [ "bluebird", "osprey" ], "Weights": { "email": 0.5 }, "Detectors": {} },
          "Jobs": { "MaxAttempts": 4, "BackoffDelay": "00:00:02", "EventLog": { "TimeToLive": "00:30:00" } },
          "Webhooks": { "AllowHttp": true, "AllowedPorts": [ 443, 8443 ], "Timeout": "00:00:10" },
          "Files": { "MaxFileBytes": 1000 },
          "Telemetry": { "TracesPerSecond": 10 },
          "Fleet": { "TimeToLive": "00:00:05" }
        }
        """;

    /// <summary>Objects whose names are of the operator's choice: any name is right there.</summary>
    private static readonly string[] Named =
        ["Authentication:Keys", "Providers", "Aliases", "Providers:vllm:Headers", "Providers:vllm:Models", "Providers:fleet:Endpoints", "Routing:Fallbacks", "Sensitivity:Weights"];

    private readonly string _folder = Directory.CreateTempSubdirectory("llmgateway-settings-").FullName;
    private readonly WebApplication _app;
    private int _number;

    public MistakenSettingsTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection([new("Infrastructure:AllowInMemory", "true")]);
        builder.Configuration.AddInMemoryCollection([]);
        builder.Logging.ClearProviders();
        builder.AddGatewayApi();
        _app = builder.Build();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void TheFileWithoutAMistake_IsAccepted() => Assert.Empty(Mistakes(Good));

    [Fact]
    public void OneMistake_IsRefused_WithItsPath()
    {
        const int Seed = 20261130;
        var random = new Random(Seed);
        for (var i = 0; i < Files; i++)
        {
            var document = JsonNode.Parse(Good)!.AsObject();
            var path = (i % 3) switch
            {
                0 => AddUnknownName(document, random),
                1 => ChangeType(document, random),
                _ => Move(document, random),
            };
            var mistakes = Mistakes(document.ToJsonString());
            Assert.True(
                mistakes.Any(m => m.StartsWith(path + " ", StringComparison.Ordinal) || m.StartsWith(path + ":", StringComparison.Ordinal)),
                $"seed {Seed}, file {i}: nothing was said about {path} but: {string.Join(" | ", mistakes)}\n{document.ToJsonString()}");
        }
    }

    private static string AddUnknownName(JsonObject document, Random random)
    {
        var (path, target) = Pick(Objects(document).Where(o => !Named.Contains(o.Path)), random);
        var known = target.Select(p => p.Key).Append("Setting").ToArray();
        var name = known[random.Next(known.Length)];
        var at = random.Next(name.Length);
        name = random.Next(3) switch
        {
            0 => name.Insert(at, "q"),
            1 => name + "Zz",
            _ => "zq" + name,
        };
        target[name] = random.Next(2) == 0 ? "value" : 7;
        return Join(path, name);
    }

    private static string ChangeType(JsonObject document, Random random)
    {
        var (path, node) = Pick(Nodes(document).Where(n => n.Path.Length > 0 && !n.Path.StartsWith("Aliases:", StringComparison.Ordinal)), random);
        JsonNode wrong = node switch
        {
            JsonObject => random.Next(2) == 0 ? "text" : 3,
            JsonArray => random.Next(2) == 0 ? "text" : true,
            _ when node.GetValueKind() == System.Text.Json.JsonValueKind.String && !node.GetValue<string>().Contains(':') =>
                random.Next(2) == 0 ? new JsonObject { ["inner"] = 1 } : new JsonArray("a", "b"),
            // A word where a number, a switch, a duration or an address belongs.
            _ => random.Next(2) == 0 ? "banana" : new JsonArray(1, 2),
        };
        Replace(node, wrong);
        return path;
    }

    /// <summary>Takes a setting to another object that has none of its name.</summary>
    private static string Move(JsonObject document, Random random)
    {
        while (true)
        {
            var (from, node) = Pick(Nodes(document).Where(n => n.Node.Parent is JsonObject && n.Path.Contains(':', StringComparison.Ordinal)), random);
            var name = from[(from.LastIndexOf(':') + 1)..];
            var (to, target) = Pick(Objects(document).Where(o => !Named.Contains(o.Path)), random);
            // Keys in another section may be right: the types of both are compared by their fields.
            if (!Settings.TryGetValue(Kind(to), out var known) || known.Contains(name, StringComparer.OrdinalIgnoreCase)
                || (Join(to, "") + ":").StartsWith(from + ":", StringComparison.Ordinal) || Named.Contains(from[..from.LastIndexOf(':')]))
            {
                continue;
            }

            var copy = node.DeepClone();
            target[name] = copy;
            return Join(to, name);
        }
    }

    /// <summary>What may stand in each object of the file, by its kind.</summary>
    private static readonly Dictionary<string, string[]> Settings = new()
    {
        [""] = ["Server", "Authentication", "Providers", "Aliases", "Routing", "Sensitivity", "Jobs", "Webhooks", "Files", "Telemetry", "Fleet", "Worker", "Batches", "Service", "Database", "Events", "Redis"],
        ["Server"] = ["MaxRequestBodyBytes", "StreamKeepAlive", "MaxJsonDepth"],
        ["Providers:*"] = [.. typeof(LlmGateway.Core.Providers.ProviderOptions).GetProperties().Select(p => p.Name)],
        ["Routing"] = [.. typeof(LlmGateway.Core.Routing.RoutingOptions).GetProperties().Select(p => p.Name)],
        ["Sensitivity"] = [.. typeof(LlmGateway.Core.Sensitivity.SensitivityOptions).GetProperties().Select(p => p.Name)],
        ["Jobs"] = [.. typeof(LlmGateway.Data.Jobs.JobOptions).GetProperties().Select(p => p.Name), "EventLog"],
        ["Webhooks"] = [.. typeof(LlmGateway.ServiceDefaults.Webhooks.WebhookOptions).GetProperties().Select(p => p.Name)],
        ["Files"] = [.. typeof(LlmGateway.Data.Files.FilesOptions).GetProperties().Select(p => p.Name)],
    };

    private static string Kind(string path) =>
        path.StartsWith("Providers:", StringComparison.Ordinal) && path.Count(c => c == ':') == 1 ? "Providers:*" : path;

    private static IEnumerable<(string Path, JsonObject Node)> Objects(JsonObject document) =>
        Nodes(document).Where(n => n.Node is JsonObject).Select(n => (n.Path, (JsonObject)n.Node));

    private static IEnumerable<(string Path, JsonNode Node)> Nodes(JsonNode node, string path = "")
    {
        yield return (path, node);
        var inner = node switch
        {
            JsonObject o => o.Select(p => (p.Key, p.Value!)),
            JsonArray a => a.Select((item, i) => ($"{i}", item!)),
            _ => [],
        };
        foreach (var found in inner.SelectMany(p => Nodes(p.Item2, Join(path, p.Item1))))
        {
            yield return found;
        }
    }

    private static (string Path, T Node) Pick<T>(IEnumerable<(string Path, T Node)> among, Random random)
    {
        var all = among.ToArray();
        return all[random.Next(all.Length)];
    }

    private static void Replace(JsonNode node, JsonNode other)
    {
        if (node.Parent is JsonObject owner)
        {
            owner[node.GetPropertyName()] = other;
        }
        else
        {
            node.Parent!.AsArray()[node.GetElementIndex()] = other;
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : name.Length == 0 ? path : $"{path}:{name}";

    private IReadOnlyList<string> Mistakes(string json)
    {
        var file = Path.Combine(_folder, $"{_number++}.json");
        File.WriteAllText(file, json);
        ((IConfigurationBuilder)_app.Configuration).Sources[1] = new SettingsFileSource(file, isOptional: false, isWatched: false);
        return SettingsReloader.Mistakes(_app.Services);
    }
}

using System.Globalization;

namespace LlmGateway.Bench.Servers;

/// <summary>The command lines of the servers that are compared.</summary>
internal static class Launches
{
    private const string Key = "sk-gw-bench-key";
    private static readonly string[] KeyHeader = [$"Authorization: Bearer {Key}"];

    public static Launch PacedUpstream(Workplace workplace)
    {
        var port = workplace.FreePort();
        return new Launch("upstream", port, "dotnet", [workplace.BenchProgram("PacedUpstream"), "--port", Text(port)]);
    }

    public static Launch Floor(Workplace workplace, int upstreamPort)
    {
        var port = workplace.FreePort();
        return new Launch("floor", port, "dotnet", [workplace.BenchProgram("FloorProxy"), "--urls", Url(port), "--upstream", Url(upstreamPort) + "/v1"])
        {
            Folder = Path.GetDirectoryName(workplace.BenchProgram("FloorProxy")),
            Environment = RuntimeSettings.Of(workplace.GatewayDll),
            Headers = KeyHeader,
        };
    }

    public static Launch Gateway(Workplace workplace, int upstreamPort)
    {
        var port = workplace.FreePort();
        var environment = new Dictionary<string, string>(RuntimeSettings.Of(workplace.GatewayDll))
        {
            ["LLM_GATEWAY__Providers__upstream__Type"] = "openai",
            ["LLM_GATEWAY__Providers__upstream__BaseUrl"] = Url(upstreamPort) + "/v1",
            ["LLM_GATEWAY__Providers__upstream__Models__bench__ContextLength"] = "128000",
            ["LLM_GATEWAY__Authentication__Keys__bench__Key"] = Key,
            ["LLM_GATEWAY__Infrastructure__AllowInMemory"] = "true",
        };
        if (workplace.TelemetryEndpoint is { } endpoint)
        {
            environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint;
            environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        }

        return new Launch("gateway", port, "dotnet", [workplace.GatewayDll, "--urls", Url(port)])
        {
            Folder = Path.GetDirectoryName(workplace.GatewayDll),
            Environment = environment,
            Headers = KeyHeader,
        };
    }

    /// <summary>The gateway with its database, cache and broker, for which nobody works: jobs are accepted and wait.</summary>
    public static Launch JobGateway(Workplace workplace, int upstreamPort, PrivateServers servers)
    {
        var launch = Gateway(workplace, upstreamPort);
        var environment = new Dictionary<string, string>(launch.Environment);
        environment.Remove("LLM_GATEWAY__Infrastructure__AllowInMemory");
        foreach (var (name, value) in servers.ConnectionStrings)
        {
            environment[name] = value;
        }

        return launch with { Environment = environment };
    }

    /// <summary>The Portkey gateway; the provider and its address travel in the request's headers.</summary>
    public static Launch Portkey(Workplace workplace, int upstreamPort)
    {
        var port = workplace.FreePort();
        var peers = Path.Combine(workplace.Repository, "bench", "peers");
        var program = Path.Combine(peers, "node_modules", "@portkey-ai", "gateway", "build", "start-server.js");
        return new Launch("portkey", port, "node", ["--require", Path.Combine(peers, "loopback.cjs"), program, $"--port={Text(port)}", "--headless"])
        {
            Environment = new Dictionary<string, string> { ["NODE_ENV"] = "production" },
            Headers = [.. KeyHeader, "x-portkey-provider: openai", $"x-portkey-custom-host: {Url(upstreamPort)}/v1"],
        };
    }

    private static string Url(int port) => $"http://127.0.0.1:{Text(port)}";

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}

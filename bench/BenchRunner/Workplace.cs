using System.Net;
using System.Net.Sockets;

namespace LlmGateway.Bench;

/// <summary>Where things are: the repository, the scratch folder, built programs; and which ports are free.</summary>
internal sealed class Workplace
{
    private readonly Random _random = new();

    public Workplace(string repository)
    {
        Repository = Path.GetFullPath(repository);
        Scratch = Path.Combine(Repository, "bench", ".work");
        Directory.CreateDirectory(Scratch);
        File.Delete(PidFile);
    }

    public string Repository { get; }

    public string Scratch { get; }

    /// <summary>One "pid start-time" line per started server: run.sh stops what a killed runner has left behind.</summary>
    public string PidFile => Path.Combine(Scratch, "pids");

    /// <summary>Where the gateway sends its telemetry to; null for nowhere.</summary>
    public string? TelemetryEndpoint { get; set; }

    public string GatewayDll => Program("LlmGateway.Api", "LlmGateway.Api");

    public string BenchProgram(string name) => Program(Path.Combine("bench", name), name);

    public string ScratchFile(params string[] parts) => Path.Combine([Scratch, .. parts]);

    /// <summary>A free port below the ephemeral range, so that none of the load's own connections takes it meanwhile.</summary>
    public int FreePort()
    {
        while (true)
        {
            var port = _random.Next(20_000, 32_000);
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken: try another.
            }
        }
    }

    private string Program(string folder, string name) => Path.Combine(Repository, folder, "bin", "Release", "net10.0", name + ".dll");
}

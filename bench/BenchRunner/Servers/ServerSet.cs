using LlmGateway.Bench.Measuring;

namespace LlmGateway.Bench.Servers;

/// <summary>One upstream and, in front of it, one fresh process of everything that is compared.</summary>
internal sealed class ServerSet : IAsyncDisposable
{
    private readonly List<ServerProcess> _started = [];

    /// <summary>In the order of measurement. The first is the upstream itself, named "direct".</summary>
    public IReadOnlyList<ServerProcess> Servers => _started;

    public static async Task<ServerSet> StartAsync(Bench bench, Launch upstream, string request, CancellationToken cancelled)
    {
        var set = new ServerSet();
        try
        {
            await set.AddAsync(bench, upstream with { Name = "direct" }, request, cancelled);
            foreach (var name in bench.Servers)
            {
                var launch = name switch
                {
                    "nginx" => Nginx.Proxy(bench.Workplace, upstream.Port),
                    "floor" => Launches.Floor(bench.Workplace, upstream.Port),
                    "gateway" => Launches.Gateway(bench.Workplace, upstream.Port),
                    _ => Launches.Portkey(bench.Workplace, upstream.Port),
                };
                await set.AddAsync(bench, launch, request, cancelled);
            }

            return set;
        }
        catch
        {
            await set.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Enumerable.Reverse(_started))
        {
            await server.DisposeAsync();
        }
    }

    private async Task AddAsync(Bench bench, Launch launch, string request, CancellationToken cancelled) =>
        _started.Add(await ServerProcess.StartAsync(bench.Workplace, launch, request, cancelled));
}

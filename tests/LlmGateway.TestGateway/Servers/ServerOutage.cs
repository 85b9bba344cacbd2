using LlmGateway.TestSupport.Servers;

namespace LlmGateway.TestGateway.Servers;

/// <summary>What can happen to a server.</summary>
public enum Fault
{
    /// <summary>An orderly shutdown.</summary>
    Stop,

    /// <summary>SIGKILL to all its processes.</summary>
    Kill,

    /// <summary>SIGSTOP to all its processes: connections are made and never answered.</summary>
    Freeze,
}

/// <summary>Servers that are away until the outage ends, at the latest with the test that began it: others use them too.</summary>
public sealed class ServerOutage : IAsyncDisposable
{
    private readonly PrivateServers _servers;
    private readonly Fault _fault;
    private readonly Server[] _away;
    private bool _over;

    private ServerOutage(PrivateServers servers, Fault fault, Server[] away)
    {
        _servers = servers;
        _fault = fault;
        _away = away;
    }

    public static async Task<ServerOutage> BeginAsync(PrivateServers servers, Fault fault, params Server[] away)
    {
        var outage = new ServerOutage(servers, fault, away);
        try
        {
            await (fault switch
            {
                Fault.Stop => servers.StopAsync(away),
                Fault.Kill => servers.KillAsync(away),
                _ => servers.FreezeAsync(away),
            });
            return outage;
        }
        catch
        {
            await outage.EndAsync();
            throw;
        }
    }

    /// <summary>Has the servers back, at the addresses they had.</summary>
    public async Task EndAsync()
    {
        if (!_over)
        {
            await (_fault == Fault.Freeze ? _servers.ThawAsync(_away) : _servers.StartAsync(_away));
            _over = true;
        }
    }

    public async ValueTask DisposeAsync() => await EndAsync();
}

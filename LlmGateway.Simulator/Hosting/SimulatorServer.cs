using LlmGateway.Simulator.Faults;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace LlmGateway.Simulator;

/// <summary>
/// A Simulator on its own Kestrel in this process, for tests and for hosts that bring their own model server. Dispose
/// to stop it; streams under way end at once.
/// </summary>
public sealed class SimulatorServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SimulatorState _state;

    private SimulatorServer(WebApplication app)
    {
        _app = app;
        _state = app.Services.GetRequiredService<SimulatorState>();
        BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>Ends with a slash; the OpenAI wire is at <c>v1/</c>.</summary>
    public Uri BaseAddress { get; }

    public ModelCatalog Models => _state.Models;

    /// <summary>The last requests, oldest first.</summary>
    public IReadOnlyList<RecordedRequest> Requests => _state.Log.Requests;

    public FaultStore Faults => _state.Faults;

    public SimulatorStats Stats => _state.Log.Stats;

    /// <param name="url">Port 0 takes a free one.</param>
    /// <exception cref="IOException">The address is taken.</exception>
    public static Task<SimulatorServer> StartAsync(SimulatorOptions? options = null, string url = "http://127.0.0.1:0", CancellationToken ct = default) =>
        StartAsync(options, url, TimeProvider.System, ct);

    /// <inheritdoc cref="StartAsync(SimulatorOptions?, string, CancellationToken)"/>
    /// <param name="time">Clock of pace, load times and keep-alive.</param>
    public static async Task<SimulatorServer> StartAsync(SimulatorOptions? options, string url, TimeProvider time, CancellationToken ct = default)
    {
        // Nothing of the surrounding process's configuration, environment or arguments may reach an embedded server.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(url).UseSimulatorKestrel();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(time);
        builder.Services.AddSimulator(options ?? new SimulatorOptions());
        var app = builder.Build();
        app.UseRouting();
        app.MapSimulator();
        await app.StartAsync(ct);
        return new SimulatorServer(app);
    }

    /// <summary>Back to the start: configured models, no faults, no recorded requests, counters at zero.</summary>
    public void Reset() => _state.Reset();

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}

using LlmGateway.Simulator.Faults;
using LlmGateway.Simulator.Models;
using Microsoft.Extensions.Options;

namespace LlmGateway.Simulator.Wire;

/// <summary>What all requests share.</summary>
internal sealed class SimulatorState(IOptions<SimulatorOptions> options, TimeProvider time)
{
    public SimulatorOptions Options { get; } = options.Value;

    public TimeProvider Time { get; } = time;

    public ModelCatalog Models { get; } = new(options.Value.EffectiveModels, time);

    public FaultStore Faults { get; } = new();

    public RequestLog Log { get; } = new(options.Value.RecordedRequests);

    /// <summary>Back to the start: configured models, no faults, no recorded requests, counters at zero.</summary>
    public void Reset()
    {
        Models.Reset(Options.EffectiveModels);
        Faults.Clear();
        Log.Clear();
    }
}

using LlmGateway.Simulator.Models;
using Microsoft.Extensions.Options;

namespace LlmGateway.Simulator.Wire;

/// <summary>What all requests share.</summary>
internal sealed class SimulatorState(IOptions<SimulatorOptions> options, TimeProvider time)
{
    public SimulatorOptions Options { get; } = options.Value;

    public TimeProvider Time { get; } = time;

    public ModelCatalog Models { get; } = new(options.Value.EffectiveModels, time);

    public RequestLog Log { get; } = new(options.Value.RecordedRequests);

    public void Reset() => Log.Clear();
}

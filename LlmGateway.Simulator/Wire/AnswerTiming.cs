using LlmGateway.Simulator.Faults;
using LlmGateway.Simulator.Models;

namespace LlmGateway.Simulator.Wire;

/// <summary>The pace of one answer.</summary>
/// <param name="TokensPerSecond">0: as fast as it can be written.</param>
/// <param name="Load">Overrides the model's load time.</param>
internal sealed record AnswerTiming(TimeSpan FirstToken, double TokensPerSecond, TimeSpan? Load = null)
{
    public static AnswerTiming Of(SimulatedModel model) => new(model.FirstTokenDelay, model.TokensPerSecond);

    public AnswerTiming With(Fault fault) => fault.Kind switch
    {
        FaultKind.SlowFirst => this with { FirstToken = TimeSpan.FromMilliseconds(fault.Milliseconds) },
        FaultKind.Timing => new AnswerTiming(
            fault.FirstTokenMilliseconds is { } first ? TimeSpan.FromMilliseconds(first) : FirstToken,
            fault.TokensPerSecond ?? TokensPerSecond,
            fault.LoadMilliseconds is { } load ? TimeSpan.FromMilliseconds(load) : Load),
        _ => this,
    };

    /// <summary>When token <paramref name="index"/> (from 0) is due after the start of generation.</summary>
    public TimeSpan Due(int index) =>
        TokensPerSecond > 0 ? FirstToken + TimeSpan.FromSeconds(index / TokensPerSecond) : FirstToken;
}

namespace LlmGateway.Simulator.Faults;

/// <summary>Unwinds a handler after a fault has replaced or ended its answer. Nothing more is to be sent.</summary>
internal sealed class AnswerEndedException() : Exception("A simulated fault ended the answer.");

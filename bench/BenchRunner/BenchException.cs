namespace LlmGateway.Bench;

/// <summary>The benchmark cannot go on, or a measurement is not valid; the message is for the person who runs it.</summary>
internal sealed class BenchException(string message) : Exception(message);

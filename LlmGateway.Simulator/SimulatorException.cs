using LlmGateway.Simulator.Models;

namespace LlmGateway.Simulator;

/// <summary>
/// A request the Simulator refuses. Wire protocols write it in their own error shape.
/// Type, param and code use OpenAI's vocabulary.
/// </summary>
internal sealed class SimulatorException(int status, string message, string type, string? param = null, string? code = null)
    : Exception(message)
{
    public int Status { get; } = status;

    public string Type { get; } = type;

    public string? Param { get; } = param;

    public string? Code { get; } = code;

    public static SimulatorException BadRequest(string message, string? param = null, string? code = null) =>
        new(400, message, "invalid_request_error", param, code);

    public static SimulatorException ModelNotFound(string model) =>
        new(404, $"The model '{model}' does not exist or you do not have access to it.", "invalid_request_error", "model", "model_not_found");

    public static SimulatorException ContextLengthExceeded(SimulatedModel model, int promptTokens) =>
        BadRequest(
            $"This model's maximum context length is {model.ContextLength} tokens. However, your messages resulted in "
            + $"{promptTokens} tokens. Please reduce the length of the messages.",
            "messages",
            "context_length_exceeded");

    public static SimulatorException BadSchema(string message) => BadRequest(message, "response_format", "invalid_schema");
}

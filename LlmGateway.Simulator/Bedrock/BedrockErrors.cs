namespace LlmGateway.Simulator.Bedrock;

/// <summary>
/// Errors as AWS words and names them (source: the API reference of the Bedrock runtime, "Common Errors", and answers of the service).
/// </summary>
internal static class BedrockErrors
{
    public static SimulatorException Invalid(string message) => SimulatorException.BadRequest(message);

    /// <summary>A value outside of what the service's model allows.</summary>
    public static SimulatorException Constraint(string at, string value, string constraint) =>
        Invalid($"1 validation error detected: Value '{value}' at '{at}' failed to satisfy constraint: {constraint}");

    public static SimulatorException Required(string at) =>
        Invalid($"1 validation error detected: Value null at '{at}' failed to satisfy constraint: Member must not be null");

    /// <summary>What is wrong with the request's credentials; status 403.</summary>
    public static SimulatorException Refused(string type, string message) => new(403, message, "permission_error", null, type);

    public static SimulatorException NotFound(string message) => new(404, message, "invalid_request_error", null, "ResourceNotFoundException");

    /// <summary>The code where it is one of AWS's, else what the status stands for.</summary>
    public static string TypeOf(SimulatorException error) =>
        error.Code?.EndsWith("Exception", StringComparison.Ordinal) == true ? error.Code : error.Status switch
        {
            401 => "UnrecognizedClientException",
            403 => "AccessDeniedException",
            404 => "ResourceNotFoundException",
            408 => "ModelTimeoutException",
            409 => "ConflictException",
            424 => "ModelErrorException",
            429 => "ThrottlingException",
            503 => "ServiceUnavailableException",
            >= 400 and < 500 => "ValidationException",
            _ => "InternalServerException",
        };
}

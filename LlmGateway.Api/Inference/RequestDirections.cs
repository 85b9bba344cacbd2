using LlmGateway.Contracts;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Sensitivity;

namespace LlmGateway.Api.Inference;

/// <summary>What a client says in headers about how its request is to be handled.</summary>
internal readonly record struct RequestDirections(StreamMode? StreamMode, RequestPriority Priority, SensitivityVerdict Sensitivity)
{
    /// <summary>Null when the headers are good; otherwise which is not.</summary>
    public static GatewayError? Read(IHeaderDictionary headers, out RequestDirections directions)
    {
        directions = new RequestDirections(null, RequestPriority.Normal, SensitivityHeaders.Demanded(headers));
        if (headers.TryGetValue(GatewayHeaders.StreamMode, out var mode))
        {
            if (StreamModes.Read(mode) is not { } known)
            {
                return Invalid(GatewayHeaders.StreamMode, StreamModes.Names);
            }

            directions = directions with { StreamMode = known };
        }

        if (headers.TryGetValue(GatewayHeaders.Priority, out var text))
        {
            if (Priority(text) is not { } priority)
            {
                return Invalid(GatewayHeaders.Priority, "low, normal, high");
            }

            directions = directions with { Priority = priority };
        }

        return null;

        static RequestPriority? Priority(string? text) => text?.ToLowerInvariant() switch
        {
            "low" => RequestPriority.Low,
            "normal" => RequestPriority.Normal,
            "high" => RequestPriority.High,
            _ => null,
        };
    }

    private static GatewayError Invalid(string header, string known) =>
        GatewayError.Invalid(header, "invalid_value", $"Invalid header '{header}': supported values are {known}.");
}

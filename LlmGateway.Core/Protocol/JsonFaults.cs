using System.Text.Json;
using LlmGateway.Core.Errors;

namespace LlmGateway.Core.Protocol;

/// <summary>What is said about a body that is no JSON.</summary>
internal static class JsonFaults
{
    public static GatewayError NotUtf8() => new(GatewayErrorCode.InvalidJson, "The request body is not valid UTF-8.");

    public static GatewayError NoObject() => GatewayError.Invalid(null, "invalid_type", "The request body must be a JSON object.");

    public static GatewayError UnpairedSurrogate() =>
        new(GatewayErrorCode.InvalidJson, "The JSON body holds a string with an unpaired surrogate escape.");

    /// <summary>What the reader stumbled over.</summary>
    public static GatewayError Broken(JsonException e, ReadOnlySpan<byte> body, int maxDepth) => IsTooDeep(body, maxDepth)
        ? new GatewayError(GatewayErrorCode.InvalidJson, $"The JSON body is nested more than {maxDepth} levels deep.") { Detail = "json_too_deep" }
        : new GatewayError(GatewayErrorCode.InvalidJson, $"The JSON body could not be parsed: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");

    /// <summary>Whether what the reader stumbled over was the depth. Reads again, because the exception does not tell.</summary>
    private static bool IsTooDeep(ReadOnlySpan<byte> body, int maxDepth)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = maxDepth + 1 });
        try
        {
            while (reader.Read())
            {
                if (reader.CurrentDepth >= maxDepth && reader.TokenType is (JsonTokenType.StartArray or JsonTokenType.StartObject))
                {
                    return true;
                }
            }
        }
        catch (JsonException)
        {
            // Another fault, and it comes first.
        }

        return false;
    }
}

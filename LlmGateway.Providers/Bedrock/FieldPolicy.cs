using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Bedrock;

/// <summary>
/// What happens to request fields that Converse has no place for. A field that would change the answer is refused, unless it has the
/// value that changes nothing; what cannot change it (<c>metadata</c>, <c>store</c>, <c>user</c>, cache and safety hints) and fields that no
/// protocol knows are left out.
/// </summary>
internal static class FieldPolicy
{
    /// <summary><c>[a-zA-Z0-9_-]{1,64}</c> (source: AWS's API reference, ToolUseBlock).</summary>
    public const int LongestToolId = 64;

    /// <summary>The same (ToolSpecification).</summary>
    public const int LongestToolName = 64;

    private static readonly UnsupportedFields Fields = new("Models at Bedrock", "Bedrock's Converse API");

    public static GatewayError? Check(JsonElement request) =>
        Fields.Check(request) ?? CheckParallelCalls(request) ?? Fields.CheckTemperature(request);

    public static GatewayError Unsupported(string param, string? message = null) => Fields.Refuse(param, message);

    public static bool HasTools(JsonElement request) =>
        JsonText.TryGet(request, "tools"u8, out var tools) && tools.ValueKind == JsonValueKind.Array && tools.GetArrayLength() > 0;

    private static GatewayError? CheckParallelCalls(JsonElement request) =>
        JsonText.TryGet(request, "parallel_tool_calls"u8, out var parallel) && parallel.ValueKind == JsonValueKind.False && HasTools(request)
            ? Unsupported("parallel_tool_calls", "Models at Bedrock cannot be kept to one tool call at a time: leave out 'parallel_tool_calls'.")
            : null;
}

using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>
/// What happens to request fields that Anthropic's API has no place for. A field that would change the answer is refused, unless it has
/// the value that changes nothing; what cannot change it (<c>metadata</c>, <c>store</c>, <c>service_tier</c>, cache and safety hints)
/// and fields that no protocol knows are left out.
/// </summary>
internal static class FieldPolicy
{
    private static readonly UnsupportedFields Fields = new("Anthropic's models", "Anthropic's API");

    public static GatewayError? Check(JsonElement request) => Fields.Check(request) ?? Fields.CheckTemperature(request);

    public static GatewayError Unsupported(string param, string? message = null) => Fields.Refuse(param, message);
}

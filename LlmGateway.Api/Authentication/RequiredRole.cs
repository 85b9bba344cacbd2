using LlmGateway.Core.Errors;

namespace LlmGateway.Api.Authentication;

/// <summary>Metadata of endpoints that not every key opens.</summary>
internal sealed class RequiredRole(string role)
{
    public string Role => role;

    public GatewayError Refusal { get; } = new(GatewayErrorCode.Forbidden, $"This needs a key with the role '{role}'; yours does not have it.");
}

internal static class RequiredRoleExtensions
{
    /// <summary>Answers 403 to callers without this role.</summary>
    public static TBuilder RequireRole<TBuilder>(this TBuilder builder, string role) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new RequiredRole(role));
}

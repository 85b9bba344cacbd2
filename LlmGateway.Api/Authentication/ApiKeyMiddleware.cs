using LlmGateway.Api.Errors;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using Microsoft.AspNetCore.Authorization;

namespace LlmGateway.Api.Authentication;

/// <summary>
/// Asks every request for an API key, except where an endpoint says that it is open to anybody, and for a role where it says so.
/// </summary>
internal sealed class ApiKeyMiddleware(RequestDelegate next, IApiKeyStore keys)
{
    private const string Scheme = "Bearer ";

    private static readonly GatewayError Missing = new(
        GatewayErrorCode.MissingApiKey, "You didn't provide an API key. Send it in the Authorization header: 'Authorization: Bearer YOUR_KEY'.");

    private static readonly GatewayError Invalid = new(
        GatewayErrorCode.InvalidApiKey, "Incorrect API key provided.");

    private static readonly GatewayError NoRole = new(
        GatewayErrorCode.Forbidden, $"Your API key has neither the role '{CallerRoles.User}' nor '{CallerRoles.Admin}', so it opens nothing.");

    public Task InvokeAsync(HttpContext context)
    {
        // No endpoint, or the one that routing puts in for a wrong method: the answer is 404 or 405 for anybody.
        var endpoint = context.GetEndpoint();
        if (endpoint is not RouteEndpoint || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return next(context);
        }

        var header = context.Request.Headers.Authorization;
        if (header.Count == 0 || string.IsNullOrWhiteSpace(header[0]))
        {
            return ErrorResponse.WriteAsync(context, Missing).AsTask();
        }

        var sent = header[0].AsSpan();
        if (header.Count > 1 || !sent.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || ApiKeyDigest.Of(sent[Scheme.Length..].Trim()) is not { } digest)
        {
            return ErrorResponse.WriteAsync(context, Invalid).AsTask();
        }

        var finding = keys.FindAsync(digest, context.RequestAborted);
        return finding.IsCompletedSuccessfully ? ContinueAsync(context, finding.Result) : FindAsync(context, finding);
    }

    private async Task FindAsync(HttpContext context, ValueTask<KeyFinding> finding) => await ContinueAsync(context, await finding);

    private Task ContinueAsync(HttpContext context, KeyFinding finding)
    {
        if (finding.Caller is null)
        {
            return ErrorResponse.WriteAsync(context, finding.Error ?? Invalid).AsTask();
        }

        if (context.GetEndpoint()?.Metadata.GetMetadata<RequiredRole>() is { } required && !finding.Caller.Roles.Contains(required.Role))
        {
            return ErrorResponse.WriteAsync(context, required.Refusal).AsTask();
        }

        if (!CallerRoles.MayCallModels(finding.Caller.Roles))
        {
            return ErrorResponse.WriteAsync(context, NoRole).AsTask();
        }

        context.Features.Set(finding.Caller);
        return next(context);
    }
}

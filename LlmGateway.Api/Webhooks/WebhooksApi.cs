using System.Text.Json;
using LlmGateway.Api.Errors;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.ServiceDefaults.Webhooks;

namespace LlmGateway.Api.Webhooks;

/// <summary><c>GET /v1/webhooks/secret</c>: with what the owner of the calling key verifies webhooks.</summary>
internal static class WebhooksApi
{
    private static readonly GatewayError NotSetUp = new(
        GatewayErrorCode.UnsupportedOperation, "Webhooks are not set up at this gateway: it has no key to sign them with (Webhooks:SigningKey).");

    public static void MapWebhooks(this IEndpointRouteBuilder routes) => routes.MapGet("/v1/webhooks/secret", GetSecretAsync);

    private static async Task GetSecretAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        var caller = context.Features.Get<Caller>()!;
        if (context.RequestServices.GetRequiredService<WebhookSigner>().SecretOf(caller.KeyId) is not { } secret)
        {
            await ErrorResponse.WriteAsync(context, NotSetUp);
            return;
        }

        using var body = new PooledBuffer();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "webhook.secret"u8);
            json.WriteString("secret"u8, secret);
            json.WriteEndObject();
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body.Written);
    }
}

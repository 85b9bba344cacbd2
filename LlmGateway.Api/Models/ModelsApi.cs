using System.Text.Json;
using LlmGateway.Api.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Routing;

namespace LlmGateway.Api.Models;

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/{id}</c>.</summary>
internal static class ModelsApi
{
    private static readonly TimeSpan LookAgainInterval = TimeSpan.FromSeconds(2);

    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", ListAsync);
        // Names may hold slashes, escaped or not: "meta/llama" and "meta%2Fllama" are the same model.
        routes.MapGet("/v1/models/{**id}", GetAsync);
    }

    private static async Task ListAsync(HttpContext context)
    {
        var directory = context.RequestServices.GetRequiredService<ModelDirectory>();
        if (!directory.IsReady)
        {
            await directory.RefreshAsync(context.RequestAborted);
        }

        using var body = new PooledBuffer();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "list"u8);
            json.WriteStartArray("data"u8);
            foreach (var model in directory.Current.Models.Where(model => IsOpen(context, directory, model.Name)))
            {
                Write(json, model);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        await SendAsync(context, body);
    }

    /// <summary>Whether the caller may use any of the targets behind the name.</summary>
    private static bool IsOpen(HttpContext context, ModelDirectory directory, string name) =>
        context.Features.Get<Caller>() is not { AllowedModels.Count: > 0 } caller
        || (directory.Current.Route(name) is { } route && route.Targets.Any(target => caller.MayUse(route.Name, target)));

    private static async Task GetAsync(HttpContext context)
    {
        // The server has unescaped everything but slashes.
        var id = ((string?)context.Request.RouteValues["id"] ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var directory = context.RequestServices.GetRequiredService<ModelDirectory>();
        if (await directory.FindAsync(id, LookAgainInterval, context.RequestAborted) is not { Listed: var model } || !IsOpen(context, directory, id))
        {
            await ErrorResponse.WriteAsync(context, Router.ModelNotFound(id, directory.Current));
            return;
        }

        using var body = new PooledBuffer();
        using (var json = new Utf8JsonWriter(body))
        {
            Write(json, model with { Name = id });
        }

        await SendAsync(context, body);
    }

    private static void Write(Utf8JsonWriter json, ModelTarget model)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, model.Name);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, model.Created);
        json.WriteString("owned_by"u8, model.OwnedBy);
        json.WriteEndObject();
    }

    private static async Task SendAsync(HttpContext context, PooledBuffer body)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body.Written);
    }
}

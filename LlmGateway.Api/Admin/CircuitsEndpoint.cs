using System.Text.Json;
using LlmGateway.Api.Errors;
using LlmGateway.Api.Hosting;
using LlmGateway.Api.Inference;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Admin;

/// <summary><c>GET /admin/circuits</c> and <c>POST /admin/circuits/reset</c>: what this replica has learned from calling its targets.</summary>
internal sealed class CircuitsEndpoint(RequestBodyReader bodies, TargetRegistry targets, RoutingState routing, IOptions<ServerOptions> options)
{
    private static readonly ParameterRule[] ResetRules = [new("provider", ParameterKind.Text), new("model", ParameterKind.Text)];

    private readonly int _maxDepth = options.Value.MaxJsonDepth;

    public Task ListAsync(HttpContext context) => ResponseBody.SendStateAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("circuits"u8);
        foreach (var target in targets.All.OrderBy(t => t.Provider, StringComparer.Ordinal).ThenBy(t => t.Model, StringComparer.Ordinal))
        {
            Write(json, target, routing.Current);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>Forgets failures of the targets that the body names, of all without a body.</summary>
    public async Task ResetAsync(HttpContext context)
    {
        using var body = new PooledBuffer();
        try
        {
            var (provider, model, error) = await ReadAsync(context, body);
            if (error is not null)
            {
                await ErrorResponse.WriteAsync(context, error);
                return;
            }

            var chosen = targets.All.Where(t => IsOf(t, provider) && (model is null || t.Model == model)).ToArray();
            foreach (var target in chosen)
            {
                await target.ResetAsync();
            }

            await ResponseBody.SendStateAsync(context, json =>
            {
                json.WriteStartObject();
                json.WriteNumber("reset"u8, chosen.Length);
                json.WriteEndObject();
            });
        }
        finally
        {
            bodies.Release(context, body);
        }
    }

    private async ValueTask<(string? Provider, string? Model, GatewayError? Error)> ReadAsync(HttpContext context, PooledBuffer body)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
        {
            return (null, null, null);
        }

        if (await bodies.ReadAsync(context.Request, body) is { } refused)
        {
            return (null, null, refused);
        }

        return PlainDocument.Read(RequestBodyReader.Json(body), ResetRules, out var document, _maxDepth) is { } invalid
            ? (null, null, invalid)
            : (document.Text("provider"), document.Text("model"), null);
    }

    /// <summary>A provider's name means each of its endpoints too.</summary>
    private static bool IsOf(TargetState target, string? provider) => provider is null || target.Provider == provider
        || (target.Provider.Length > provider.Length && target.Provider[provider.Length] == '/' && target.Provider.StartsWith(provider, StringComparison.Ordinal));

    private static void Write(Utf8JsonWriter json, TargetState target, RoutingOptions routing)
    {
        json.WriteStartObject();
        json.WriteString("provider"u8, target.Provider);
        json.WriteString("model"u8, target.Model);
        json.WriteString("state"u8, CircuitNames.Of(target, routing));
        json.WriteNumber("remaining"u8, target.RemainingBreak.TotalSeconds);
        json.WriteNumber("coolDown"u8, target.RemainingCoolDown.TotalSeconds);
        if (target.LatencySeconds is { } latency)
        {
            json.WriteNumber("latency"u8, latency);
        }
        else
        {
            json.WriteNull("latency"u8);
        }

        json.WriteNumber("running"u8, target.Running);
        json.WriteNumber("waiting"u8, target.Waiting);
        json.WriteEndObject();
    }
}

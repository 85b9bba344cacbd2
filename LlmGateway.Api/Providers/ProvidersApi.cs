using System.Text.Json;
using LlmGateway.Api.Inference;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;
using LlmGateway.Core.Routing;
using LlmGateway.Core.Sensitivity;

namespace LlmGateway.Api.Providers;

/// <summary><c>GET /providers</c>: who is behind the gateway, and whether each can be used. Shows no address and no key.</summary>
internal static class ProvidersApi
{
    private const decimal TokensPerPrice = 1_000_000m;

    public static void MapProviders(this IEndpointRouteBuilder routes) => routes.MapGet("/providers", ListAsync);

    private static async Task ListAsync(HttpContext context)
    {
        var directory = context.RequestServices.GetRequiredService<ModelDirectory>();
        if (!directory.IsReady)
        {
            await directory.RefreshAsync(context.RequestAborted);
        }

        var summaries = ProviderSummary.Of(directory.Current, context.RequestServices.GetRequiredService<RoutingState>().Current);
        await ResponseBody.SendStateAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("providers"u8);
            foreach (var provider in summaries)
            {
                Write(json, provider);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    public static string Text(SecurityLevel level) => level switch
    {
        SecurityLevel.High => "high",
        SecurityLevel.Medium => "medium",
        _ => "low",
    };

    private static void Write(Utf8JsonWriter json, ProviderSummary provider)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, provider.Name);
        json.WriteString("type"u8, provider.IsLocal ? "local"u8 : "cloud"u8);
        json.WriteString("model"u8, provider.Preferred?.Name);
        json.WriteString("security_level"u8, Text(provider.Security));
        WriteNumber(json, "cost_per_token", CostPerToken(provider.Preferred?.Prices));
        json.WriteString("status"u8, Text(provider.Status));
        json.WriteString("dialect"u8, provider.Servers[0].Options.Type);
        json.WriteNumber("models"u8, provider.Targets.Select(t => t.Name).Distinct(StringComparer.Ordinal).Count());
        json.WriteString("circuit"u8, provider.Circuit is { } circuit ? CircuitNames.Of(circuit) : null);
        WriteNumber(json, "latency_seconds", (decimal?)provider.Preferred?.State.LatencySeconds);
        json.WriteNumber("running"u8, provider.Targets.Sum(t => t.State.Running));
        json.WriteNumber("waiting"u8, provider.Targets.Sum(t => t.State.Waiting));
        WriteNumber(json, "last_checked", provider.CheckedAt);
        json.WriteStartArray("endpoints"u8);
        foreach (var server in provider.Servers)
        {
            Write(json, server);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ProviderState server)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, server.Provider.Name);
        json.WriteString("status"u8, server.Error is not null ? "unavailable"u8 : server.CheckedAt is null ? "unknown"u8 : "available"u8);
        json.WriteString("error"u8, server.Error is { } error ? ErrorMapper.Kind(error) : null);
        WriteNumber(json, "last_checked", ProviderSummary.Seconds(server.CheckedAt));
        json.WriteEndObject();
    }

    /// <summary>In US dollars: the price of the answer's tokens, or of the prompt's where the answer's cost nothing (embeddings).</summary>
    private static decimal? CostPerToken(ModelPrices? prices) => (prices?.Output > 0 ? prices.Output : prices?.Input) / TokensPerPrice;

    private static string Text(ProviderStatus status) => status switch
    {
        ProviderStatus.Available => "available",
        ProviderStatus.Degraded => "degraded",
        ProviderStatus.Unavailable => "unavailable",
        _ => "unknown",
    };

    private static void WriteNumber(Utf8JsonWriter json, string name, decimal? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}

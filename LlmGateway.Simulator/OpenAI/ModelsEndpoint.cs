using System.Text.Json;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.OpenAI;

/// <summary>GET /v1/models and /v1/models/{id}. <c>max_model_len</c> is vLLM's addition.</summary>
internal static class ModelsEndpoint
{
    public static async Task ListAsync(Exchange exchange)
    {
        await exchange.BeginAsync();
        await exchange.WriteJsonAsync(200, exchange.Catalog.Models, static (json, models) =>
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "list"u8);
            json.WriteStartArray("data"u8);
            foreach (var model in models) Write(json, model);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    public static async Task GetAsync(Exchange exchange)
    {
        await exchange.BeginAsync();
        var name = exchange.Http.Request.RouteValues["id"] as string ?? "";
        if (!exchange.Catalog.TryGet(name, out var model)) throw SimulatorException.ModelNotFound(name);
        await exchange.WriteJsonAsync(200, model, Write);
    }

    private static void Write(Utf8JsonWriter json, SimulatedModel model)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, model.Name);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, model.Created.ToUnixTimeSeconds());
        json.WriteString("owned_by"u8, model.OwnedBy);
        json.WriteNumber("max_model_len"u8, model.ContextLength);
        json.WriteEndObject();
    }
}

using System.Globalization;
using System.Text.Json;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Anthropic;

/// <summary>GET /v1/models and /v1/models/{id}, paged by <c>limit</c> (20), <c>after_id</c> and <c>before_id</c>.</summary>
internal static class AnthropicModels
{
    private const int DefaultLimit = 20;
    private const int MostLimit = 1000;

    public static async Task ListAsync(Exchange exchange)
    {
        await exchange.BeginAsync();
        var query = exchange.Http.Request.Query;
        var limit = ReadLimit(query["limit"]);
        IEnumerable<SimulatedModel> models = exchange.Catalog.Models.Where(m => m.Can(ModelCapabilities.Completion));
        if (query["after_id"].ToString() is { Length: > 0 } after) models = models.SkipWhile(m => m.Name != after).Skip(1);
        if (query["before_id"].ToString() is { Length: > 0 } before) models = models.TakeWhile(m => m.Name != before);
        var page = models.Take(limit + 1).ToList();
        var hasMore = page.Count > limit;
        if (hasMore) page.RemoveAt(limit);
        await exchange.WriteJsonAsync(200, (page, hasMore), static (json, s) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("data"u8);
            foreach (var model in s.page) Write(json, model);
            json.WriteEndArray();
            json.WriteBoolean("has_more"u8, s.hasMore);
            json.WriteString("first_id"u8, s.page.FirstOrDefault()?.Name);
            json.WriteString("last_id"u8, s.page.LastOrDefault()?.Name);
            json.WriteEndObject();
        });
    }

    public static async Task GetAsync(Exchange exchange)
    {
        await exchange.BeginAsync();
        var name = exchange.Http.Request.RouteValues["id"] as string ?? "";
        if (!exchange.Catalog.TryGet(name, out var model)) throw NotFound(name);
        await exchange.WriteJsonAsync(200, model, Write);
    }

    /// <summary>What the API says, no more.</summary>
    public static SimulatorException NotFound(string model) => new(404, $"model: {model}", "invalid_request_error", "model", "model_not_found");

    private static int ReadLimit(string? text)
    {
        if (string.IsNullOrEmpty(text)) return DefaultLimit;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MostLimit
            ? limit
            : throw SimulatorException.BadRequest($"limit: Input should be between 1 and {MostLimit}", "limit");
    }

    private static void Write(Utf8JsonWriter json, SimulatedModel model)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "model"u8);
        json.WriteString("id"u8, model.Name);
        json.WriteString("display_name"u8, model.Name);
        json.WriteString("created_at"u8, model.Created.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        json.WriteNumber("max_input_tokens"u8, model.ContextLength);
        json.WriteNumber("max_tokens"u8, model.ContextLength);
        json.WriteStartObject("capabilities"u8);
        WriteSupported(json, "image_input"u8, model.Can(ModelCapabilities.Vision));
        WriteSupported(json, "structured_outputs"u8, true);
        json.WriteStartObject("thinking"u8);
        json.WriteBoolean("supported"u8, model.Can(ModelCapabilities.Thinking));
        json.WriteStartObject("types"u8);
        WriteSupported(json, "adaptive"u8, model.Can(ModelCapabilities.Thinking));
        WriteSupported(json, "enabled"u8, model.Can(ModelCapabilities.Thinking));
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteSupported(Utf8JsonWriter json, ReadOnlySpan<byte> name, bool isSupported)
    {
        json.WriteStartObject(name);
        json.WriteBoolean("supported"u8, isSupported);
        json.WriteEndObject();
    }
}

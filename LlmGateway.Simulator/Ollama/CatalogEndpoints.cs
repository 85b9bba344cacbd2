using System.Text.Json;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Ollama;

/// <summary>What an Ollama server tells about its models and lets be done with them, pulling apart.</summary>
internal static class CatalogEndpoints
{
    public static async Task VersionAsync(Exchange exchange)
    {
        await exchange.BeginAsync();
        await exchange.WriteJsonAsync(200, exchange.Options.OllamaVersion, static (json, version) =>
        {
            json.WriteStartObject();
            json.WriteString("version"u8, version);
            json.WriteEndObject();
        });
    }

    public static async Task TagsAsync(Exchange exchange)
    {
        await exchange.BeginAsync();
        await exchange.WriteJsonAsync(200, exchange.Catalog.Models, static (json, models) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("models"u8);
            foreach (var model in models) OllamaModelJson.WriteListed(json, model);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    public static async Task RunningAsync(Exchange exchange)
    {
        await exchange.BeginAsync();
        await exchange.WriteJsonAsync(200, (exchange.Catalog, exchange.Time), static (json, s) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("models"u8);
            foreach (var runtime in s.Catalog.Runtimes.Where(r => r.IsLoaded)) OllamaModelJson.WriteRunning(json, runtime, s.Time.GetUtcNow());
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    public static async Task ShowAsync(Exchange exchange)
    {
        await exchange.BeginAsync();
        var model = OllamaFields.FindModel(exchange, exchange.ParseBody());
        await exchange.WriteJsonAsync(200, model, static (json, m) => OllamaModelJson.WriteShown(json, m));
    }

    public static async Task CopyAsync(Exchange exchange)
    {
        await exchange.BeginAsync();
        var body = exchange.ParseBody();
        var source = body.String("source") ?? "";
        var destination = body.String("destination") ?? "";
        if (source.Length == 0) throw OllamaFields.Refused(400, $"source \"{source}\" is invalid");
        if (destination.Length == 0) throw OllamaFields.Refused(400, $"destination \"{destination}\" is invalid");
        if (!exchange.Catalog.TryGet(source, out var model)) throw OllamaFields.Refused(404, $"model \"{source}\" not found");
        exchange.Catalog.Put(model with { Name = destination, Created = exchange.Time.GetUtcNow() });
        await exchange.WriteNothingAsync();
    }

    public static async Task DeleteAsync(Exchange exchange)
    {
        await exchange.BeginAsync();
        var body = exchange.ParseBody();
        var name = body.String("model") ?? body.String("name") ?? "";
        if (name.Length == 0) throw OllamaFields.Refused(400, $"name \"{name}\" is invalid");
        if (!exchange.Catalog.Remove(name)) throw OllamaFields.NotFound(name);
        await exchange.WriteNothingAsync();
    }
}

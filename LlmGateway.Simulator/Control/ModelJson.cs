using System.Text.Json;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Control;

/// <summary>A model as the control endpoint shows and takes it. Times are milliseconds.</summary>
internal static class ModelJson
{
    public static void WriteAll(Utf8JsonWriter json, ModelCatalog models)
    {
        json.WriteStartArray();
        foreach (var runtime in models.Runtimes) Write(json, runtime.Model, runtime);
        json.WriteEndArray();
    }

    public static void Write(Utf8JsonWriter json, SimulatedModel model, ModelRuntime? runtime = null)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, model.Name);
        json.WriteString("family"u8, model.Family);
        json.WriteString("parameterSize"u8, model.ParameterSize);
        json.WriteString("quantizationLevel"u8, model.QuantizationLevel);
        json.WriteNumber("sizeBytes"u8, model.SizeBytes);
        json.WriteNumber("contextLength"u8, model.ContextLength);
        json.WriteNumber("embeddingDimensions"u8, model.EmbeddingDimensions);
        json.WriteStartArray("capabilities"u8);
        foreach (var capability in Enum.GetValues<ModelCapabilities>())
            if (capability != ModelCapabilities.None && model.Can(capability)) json.WriteStringValue(capability.ToString().ToLowerInvariant());
        json.WriteEndArray();
        json.WriteNumber("loadMs"u8, model.LoadTime.TotalMilliseconds);
        json.WriteNumber("firstTokenMs"u8, model.FirstTokenDelay.TotalMilliseconds);
        json.WriteNumber("tokensPerSecond"u8, model.TokensPerSecond);
        json.WriteNumber("maxConcurrency"u8, model.MaxConcurrency);
        if (runtime is not null)
        {
            json.WriteBoolean("loaded"u8, runtime.IsLoaded);
            json.WriteNumber("active"u8, runtime.Active);
            json.WriteNumber("queued"u8, runtime.Queued);
        }

        json.WriteEndObject();
    }

    /// <summary>The given fields over the old ones.</summary>
    /// <exception cref="SimulatorException">A field has the wrong type or range.</exception>
    public static SimulatedModel Merge(SimulatedModel old, JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) throw SimulatorException.BadRequest("The body must be a JSON object.");
        return old with
        {
            Family = json.String("family") ?? old.Family,
            ParameterSize = json.String("parameterSize") ?? old.ParameterSize,
            QuantizationLevel = json.String("quantizationLevel") ?? old.QuantizationLevel,
            SizeBytes = json.Long("sizeBytes", 0) ?? old.SizeBytes,
            ContextLength = json.Integer("contextLength", 1, int.MaxValue) ?? old.ContextLength,
            EmbeddingDimensions = json.Integer("embeddingDimensions", 1, 8192) ?? old.EmbeddingDimensions,
            Capabilities = ReadCapabilities(json) ?? old.Capabilities,
            LoadTime = Milliseconds(json, "loadMs") ?? old.LoadTime,
            FirstTokenDelay = Milliseconds(json, "firstTokenMs") ?? old.FirstTokenDelay,
            TokensPerSecond = json.Number("tokensPerSecond", 0, 1e9) ?? old.TokensPerSecond,
            MaxConcurrency = json.Integer("maxConcurrency", 1, int.MaxValue) ?? old.MaxConcurrency,
        };
    }

    private static TimeSpan? Milliseconds(JsonElement json, string name) =>
        json.Number(name, 0, 86_400_000) is { } ms ? TimeSpan.FromMilliseconds(ms) : null;

    private static ModelCapabilities? ReadCapabilities(JsonElement json)
    {
        if (json.Array("capabilities") is not { } names) return null;
        var capabilities = ModelCapabilities.None;
        foreach (var name in names.EnumerateArray())
            capabilities |= Enum.TryParse<ModelCapabilities>(name.Text("capabilities"), ignoreCase: true, out var one)
                ? one
                : throw SimulatorException.BadRequest($"'{name.GetString()}' is not a capability.", "capabilities");
        return capabilities;
    }
}

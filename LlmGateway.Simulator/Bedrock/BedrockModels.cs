using System.Globalization;
using System.Text.Json;
using LlmGateway.Simulator.Faults;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;
using Microsoft.AspNetCore.Http.Features;

namespace LlmGateway.Simulator.Bedrock;

/// <summary>
/// GET /foundation-models, /foundation-models/{id} and /inference-profiles, and how a request names its model: by id, by the id of an
/// inference profile (<c>us.</c> and the like before it) or by the ARN of either.
/// </summary>
internal static class BedrockModels
{
    private const string Region = "us-east-1";
    private const string ProfilePrefix = "us.";
    private static readonly string[] Geographies = [ProfilePrefix, "us-gov.", "eu.", "apac.", "au.", "ca.", "jp.", "global."];

    /// <summary>The model in the path, as the catalog names it, with its fault suffix.</summary>
    /// <exception cref="SimulatorException">400: no such model.</exception>
    public static string Find(Exchange exchange)
    {
        var (name, suffix) = RequestedName.Split(ReadId(exchange.Http), exchange.Catalog);
        var model = Resolve(name, exchange.Catalog) ?? throw BedrockErrors.Invalid("The provided model identifier is invalid.");
        return suffix is null ? model : $"{model}+{suffix}";
    }

    public static async Task ListAsync(Exchange exchange)
    {
        await exchange.BeginAsync();
        var query = exchange.Http.Request.Query;
        var provider = query["byProvider"].ToString();
        var modality = query["byOutputModality"].ToString();
        var models = exchange.Catalog.Models
            .Where(m => provider.Length == 0 || ProviderOf(m).Equals(provider, StringComparison.OrdinalIgnoreCase))
            .Where(m => modality.Length == 0 || OutputOf(m) == modality).ToList();
        await exchange.WriteJsonAsync(200, models, static (json, models) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("modelSummaries"u8);
            foreach (var model in models) WriteModel(json, model);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    public static async Task GetAsync(Exchange exchange)
    {
        await exchange.BeginAsync();
        if (!exchange.Catalog.TryGet(ReadId(exchange.Http, fromEnd: 1), out var model))
            throw BedrockErrors.NotFound("Could not resolve the foundation model from the provided model identifier.");
        await exchange.WriteJsonAsync(200, model, static (json, model) =>
        {
            json.WriteStartObject();
            json.WritePropertyName("modelDetails"u8);
            WriteModel(json, model);
            json.WriteEndObject();
        });
    }

    public static async Task ListProfilesAsync(Exchange exchange)
    {
        await exchange.BeginAsync();
        await exchange.WriteJsonAsync(200, exchange.Catalog.Models, static (json, models) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("inferenceProfileSummaries"u8);
            foreach (var model in models.Where(m => m.Can(ModelCapabilities.Completion))) WriteProfile(json, model);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>Read from the bytes that were sent: an ARN has slashes, which routing leaves encoded.</summary>
    private static string ReadId(HttpContext http, int fromEnd = 2)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return Uri.UnescapeDataString(target.Split('?', 2)[0].TrimEnd('/').Split('/')[^fromEnd]);
    }

    private static string? Resolve(string id, ModelCatalog catalog)
    {
        if (catalog.TryGet(id, out _)) return id;
        if (id.StartsWith("arn:", StringComparison.Ordinal)) id = id[(id.LastIndexOf('/') + 1)..];
        if (catalog.TryGet(id, out _)) return id;
        var geography = Array.Find(Geographies, g => id.StartsWith(g, StringComparison.Ordinal));
        return geography is not null && catalog.TryGet(id[geography.Length..], out _) ? id[geography.Length..] : null;
    }

    private static string ArnOf(SimulatedModel model) => $"arn:aws:bedrock:{Region}::foundation-model/{model.Name}";

    /// <summary>As in <c>amazon.titan-embed-text-v2:0</c>; names without a vendor are the Simulator's.</summary>
    private static string ProviderOf(SimulatedModel model) =>
        model.Name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? CultureInfo.InvariantCulture.TextInfo.ToTitleCase(model.Name[..dot]) : "LlmGateway";

    private static string OutputOf(SimulatedModel model) => model.Can(ModelCapabilities.Completion) ? "TEXT" : "EMBEDDING";

    private static void WriteModel(Utf8JsonWriter json, SimulatedModel model)
    {
        json.WriteStartObject();
        json.WriteString("modelArn"u8, ArnOf(model));
        json.WriteString("modelId"u8, model.Name);
        json.WriteString("modelName"u8, model.Name);
        json.WriteString("providerName"u8, ProviderOf(model));
        WriteArray(json, "inputModalities"u8, model.Can(ModelCapabilities.Vision) ? ["TEXT", "IMAGE"] : ["TEXT"]);
        WriteArray(json, "outputModalities"u8, [OutputOf(model)]);
        json.WriteBoolean("responseStreamingSupported"u8, model.Can(ModelCapabilities.Completion));
        WriteArray(json, "customizationsSupported"u8, []);
        WriteArray(json, "inferenceTypesSupported"u8, ["ON_DEMAND"]);
        json.WriteStartObject("modelLifecycle"u8);
        json.WriteString("status"u8, "ACTIVE"u8);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteProfile(Utf8JsonWriter json, SimulatedModel model)
    {
        var id = ProfilePrefix + model.Name;
        json.WriteStartObject();
        json.WriteString("inferenceProfileName"u8, "US " + model.Name);
        json.WriteString("inferenceProfileArn"u8, $"arn:aws:bedrock:{Region}:000000000000:inference-profile/{id}");
        json.WriteString("inferenceProfileId"u8, id);
        json.WriteString("description"u8, "Routes requests to " + model.Name);
        json.WriteString("createdAt"u8, model.Created.UtcDateTime);
        json.WriteString("updatedAt"u8, model.Created.UtcDateTime);
        json.WriteStartArray("models"u8);
        json.WriteStartObject();
        json.WriteString("modelArn"u8, ArnOf(model));
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteString("status"u8, "ACTIVE"u8);
        json.WriteString("type"u8, "SYSTEM_DEFINED"u8);
        json.WriteEndObject();
    }

    private static void WriteArray(Utf8JsonWriter json, ReadOnlySpan<byte> name, string[] values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }
}

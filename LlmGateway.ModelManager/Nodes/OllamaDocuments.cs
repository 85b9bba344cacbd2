using System.Text.Json;
using LlmGateway.Contracts.Fleet;

namespace LlmGateway.ModelManager.Nodes;

/// <summary>
/// Reads what Ollama answers (source: api/types.go of Ollama). An entry that names no model is left out: one odd entry must not hide
/// the others. Null for a document that is none of its kind.
/// </summary>
internal static class OllamaDocuments
{
    private const int LongestVersion = 64;

    /// <summary>A model that is kept for good expires as late as Go can count, in some 292 years; nothing real is kept that long.</summary>
    private static readonly TimeSpan ForGood = TimeSpan.FromDays(365 * 100);

    /// <summary><c>GET /api/version</c>.</summary>
    public static string? ReadVersion(ReadOnlyMemory<byte> json) => Read(json, static root =>
        Text(root, "version"u8) is { Length: > 0 and <= LongestVersion } version ? version : null);

    /// <summary><c>GET /api/tags</c>: the models on disk, none of them said to be loaded.</summary>
    public static IReadOnlyList<NodeModel>? ReadTags(ReadOnlyMemory<byte> json) => ReadModels(json, static model => ReadModel(model, loaded: false));

    /// <summary><c>GET /api/ps</c>: the models in memory.</summary>
    public static IReadOnlyList<NodeModel>? ReadRunning(ReadOnlyMemory<byte> json, DateTimeOffset now) => ReadModels(json, model =>
        ReadModel(model, loaded: true) is { } read
            ? read with { VramBytes = Number(model, "size_vram"u8), ExpiresAt = Expiry(model, now) }
            : null);

    /// <summary>The models on disk with what is known of those in memory. A model can be in memory whose files are gone.</summary>
    public static IReadOnlyList<NodeModel> Merge(IReadOnlyList<NodeModel> listed, IReadOnlyList<NodeModel> running)
    {
        var models = new SortedDictionary<string, NodeModel>(StringComparer.Ordinal);
        foreach (var model in listed)
        {
            models[model.Name] = model;
        }

        foreach (var model in running)
        {
            // What ps calls the size is that in memory.
            models[model.Name] = models.TryGetValue(model.Name, out var known)
                ? known with { Loaded = true, VramBytes = model.VramBytes, ExpiresAt = model.ExpiresAt }
                : model with { SizeBytes = 0 };
        }

        return [.. models.Values];
    }

    private static List<NodeModel>? ReadModels(ReadOnlyMemory<byte> json, Func<JsonElement, NodeModel?> read) => Read(json, root =>
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("models"u8, out var models))
        {
            return null;
        }

        return models.ValueKind switch
        {
            JsonValueKind.Array => models.EnumerateArray().Select(read).OfType<NodeModel>().ToList(),
            // An empty list of Go's.
            JsonValueKind.Null => [],
            _ => null,
        };
    });

    private static NodeModel? ReadModel(JsonElement model, bool loaded)
    {
        if ((Text(model, "model"u8) ?? Text(model, "name"u8)) is not { Length: > 0 } name)
        {
            return null;
        }

        var details = model.TryGetProperty("details"u8, out var told) ? told : default;
        return new NodeModel(name, Number(model, "size"u8), loaded)
        {
            Family = Text(details, "family"u8),
            ParameterSize = Text(details, "parameter_size"u8),
            Quantization = Text(details, "quantization_level"u8),
        };
    }

    private static DateTimeOffset? Expiry(JsonElement model, DateTimeOffset now) =>
        model.TryGetProperty("expires_at"u8, out var expires) && expires.ValueKind == JsonValueKind.String
        && expires.TryGetDateTimeOffset(out var at) && at.Year > 1 && at - now < ForGood
            ? at
            : null;

    private static string? Text(JsonElement parent, ReadOnlySpan<byte> name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() is { Length: > 0 } text ? text : null
            : null;

    /// <summary>0 for what is no number of bytes.</summary>
    private static long Number(JsonElement parent, ReadOnlySpan<byte> name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number > 0
            ? number
            : 0;

    private static T? Read<T>(ReadOnlyMemory<byte> json, Func<JsonElement, T?> read)
        where T : class
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is text that is no UTF-16, such as a lone surrogate.
            return null;
        }
    }
}

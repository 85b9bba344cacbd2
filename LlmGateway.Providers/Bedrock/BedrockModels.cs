using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.Bedrock;

/// <summary>
/// The models of a region that answer in text or as embeddings (source: AWS's API reference of Bedrock, <c>ListFoundationModels</c> and
/// <c>ListInferenceProfiles</c>). Newer models cannot be called by their own id, only by that of a profile, such as <c>us.anthropic.…</c>.
/// </summary>
internal sealed class BedrockModels(UpstreamClient control)
{
    /// <summary>A server that never ends its list must not keep the gateway busy.</summary>
    private const int MostPages = 10;

    /// <summary>Each page within 5 seconds. Profiles may be refused to an account, or be unknown to a proxy; then there are none.</summary>
    public async ValueTask<ModelListing> ListAsync(CancellationToken cancellationToken)
    {
        var models = new List<ListedModel>();
        var (_, error) = await UpstreamQuery.AskAsync(control, HttpMethod.Get, "foundation-models", null, root => ReadModels(root, models), cancellationToken);
        if (error is not null)
        {
            return ModelListing.Failed(error);
        }

        string? next = null;
        for (var page = 0; page < MostPages; page++)
        {
            var path = "inference-profiles?maxResults=1000" + (next is null ? "" : "&nextToken=" + Uri.EscapeDataString(next));
            var before = next;
            (next, error) = await UpstreamQuery.AskAsync(control, HttpMethod.Get, path, null, root => ReadProfiles(root, models), cancellationToken);
            if (error is not null || next is null || next == before)
            {
                break;
            }
        }

        return new ModelListing([.. models.DistinctBy(m => m.Id)]);
    }

    public async ValueTask<GatewayError?> ProbeAsync(CancellationToken cancellationToken) =>
        (await UpstreamQuery.AskAsync(control, HttpMethod.Get, "foundation-models", null, root => ReadModels(root, []), cancellationToken)).Error;

    private static string? ReadModels(JsonElement root, List<ListedModel> models)
    {
        foreach (var model in root.GetProperty("modelSummaries"u8).EnumerateArray())
        {
            // One odd entry must not hide the others. What an entry does not tell is taken for the usual.
            if (model.ValueKind == JsonValueKind.Object && Text(model, "modelId"u8) is { } id
                && Has(model, "outputModalities"u8, "TEXT", "EMBEDDING") && Has(model, "inferenceTypesSupported"u8, "ON_DEMAND"))
            {
                models.Add(new ListedModel(id, 0, Text(model, "providerName"u8)?.ToLowerInvariant() ?? ""));
            }
        }

        return null;
    }

    /// <summary>Takes the entries of a page; what the next is asked with, or null when there is none.</summary>
    private static string? ReadProfiles(JsonElement root, List<ListedModel> models)
    {
        foreach (var profile in root.GetProperty("inferenceProfileSummaries"u8).EnumerateArray())
        {
            if (profile.ValueKind == JsonValueKind.Object && Text(profile, "inferenceProfileId"u8) is { } id
                && Text(profile, "status"u8) is null or "ACTIVE")
            {
                models.Add(new ListedModel(id, 0, Owner(id)));
            }
        }

        return Text(root, "nextToken"u8);
    }

    /// <summary>The maker's name in an id such as <c>us.anthropic.claude-…</c>.</summary>
    private static string Owner(string id)
    {
        var parts = id.Split('.', 3);
        return parts.Length == 3 ? parts[1] : "";
    }

    private static bool Has(JsonElement model, ReadOnlySpan<byte> name, params string[] wanted) =>
        !model.TryGetProperty(name, out var values) || values.ValueKind != JsonValueKind.Array
        || values.EnumerateArray().Any(v => v.ValueKind == JsonValueKind.String && wanted.Contains(v.GetString()));

    private static string? Text(JsonElement element, ReadOnlySpan<byte> name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}

using System.Text.Json;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.Anthropic;

/// <summary>What a server says about its models (<c>GET /v1/models</c>).</summary>
internal sealed class AnthropicModels(UpstreamClient client)
{
    /// <summary>Models per page; the most that the API gives.</summary>
    private const int PageSize = 1000;

    /// <summary>A server that never ends its list must not keep the gateway busy.</summary>
    private const int MostPages = 10;

    private volatile Dictionary<string, bool> _adaptive = new(StringComparer.Ordinal);

    /// <summary>
    /// Whether the model decides by itself how much it thinks, so that it takes an effort instead of a budget in tokens. Null when the
    /// server has not told.
    /// </summary>
    public bool? ThinksAdaptively(string model)
    {
        var known = _adaptive;
        if (known.TryGetValue(model, out var isAdaptive))
        {
            return isAdaptive;
        }

        // Names without a date stand for the model with one.
        foreach (var (id, adaptive) in known)
        {
            if (id.Length > model.Length + 1 && id.StartsWith(model, StringComparison.Ordinal) && id[model.Length] == '-' && char.IsAsciiDigit(id[model.Length + 1]))
            {
                return adaptive;
            }
        }

        return null;
    }

    /// <summary>All pages, each within 5 seconds.</summary>
    public async ValueTask<ModelListing> ListAsync(CancellationToken cancellationToken)
    {
        var models = new List<ListedModel>();
        var adaptive = new Dictionary<string, bool>(StringComparer.Ordinal);
        string? after = null;
        for (var page = 0; page < MostPages; page++)
        {
            var path = FormattableString.Invariant($"v1/models?limit={PageSize}") + (after is null ? "" : "&after_id=" + Uri.EscapeDataString(after));
            var (next, error) = await UpstreamQuery.AskAsync(client, HttpMethod.Get, path, null, root => ReadPage(root, models, adaptive), cancellationToken);
            if (error is not null)
            {
                return ModelListing.Failed(error);
            }

            if (next is null || next == after)
            {
                break;
            }

            after = next;
        }

        _adaptive = adaptive;
        return new ModelListing(models);
    }

    /// <summary>Takes the entries of a page; the id after which the next begins, or null when there is none.</summary>
    private static string? ReadPage(JsonElement root, List<ListedModel> models, Dictionary<string, bool> adaptive)
    {
        foreach (var model in root.GetProperty("data"u8).EnumerateArray())
        {
            // One odd entry must not hide the others.
            if (model.ValueKind != JsonValueKind.Object || !IsText(model, "id"u8, out var name) || name.GetString() is not { Length: > 0 } id)
            {
                continue;
            }

            var isDated = IsText(model, "created_at"u8, out var created) && created.TryGetDateTimeOffset(out _);
            models.Add(new ListedModel(id, isDated ? created.GetDateTimeOffset().ToUnixTimeSeconds() : 0, "anthropic"));
            if (ReadAdaptive(model) is { } isAdaptive)
            {
                adaptive[id] = isAdaptive;
            }
        }

        return root.TryGetProperty("has_more"u8, out var more) && more.ValueKind == JsonValueKind.True && IsText(root, "last_id"u8, out var last)
            ? last.GetString()
            : null;
    }

    /// <summary><c>capabilities.thinking.types.adaptive.supported</c>; null where a server tells nothing of that kind.</summary>
    private static bool? ReadAdaptive(JsonElement model)
    {
        foreach (var name in (ReadOnlySpan<string>)["capabilities", "thinking", "types", "adaptive"])
        {
            if (!model.TryGetProperty(name, out model) || model.ValueKind != JsonValueKind.Object)
            {
                return null;
            }
        }

        return model.TryGetProperty("supported"u8, out var supported) && supported.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? supported.ValueKind == JsonValueKind.True
            : null;
    }

    private static bool IsText(JsonElement parent, ReadOnlySpan<byte> name, out JsonElement text) =>
        parent.TryGetProperty(name, out text) && text.ValueKind == JsonValueKind.String;
}

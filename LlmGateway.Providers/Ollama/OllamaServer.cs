using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Ollama;

/// <summary>What is known about one Ollama server: its version, its models and, for old versions, their context windows.</summary>
internal sealed partial class OllamaServer(UpstreamClient client)
{
    private static readonly TimeSpan WindowAge = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, (int? Window, long Timestamp)> _windows = new(StringComparer.Ordinal);
    private volatile Version? _version;

    /// <summary>The version last heard; null before, and for a build that has none.</summary>
    public Version? Version => _version;

    /// <summary><c>GET /api/version</c>, within 5 seconds. Null when the server answers.</summary>
    public async ValueTask<GatewayError?> ProbeAsync(CancellationToken cancellationToken)
    {
        var (version, error) = await AskAsync(HttpMethod.Get, "api/version", null, ReadVersion, cancellationToken);
        _version = error is null ? version : _version;
        return error;
    }

    /// <summary><c>GET /api/tags</c>, within 5 seconds; looks for a new version by the way.</summary>
    public async ValueTask<ModelListing> ListModelsAsync(CancellationToken cancellationToken)
    {
        var (models, error) = await AskAsync(HttpMethod.Get, "api/tags", null, ReadModels, cancellationToken);
        if (error is not null)
        {
            return ModelListing.Failed(error);
        }

        await ProbeAsync(cancellationToken);
        return new ModelListing([.. models!.Select(m => _windows.TryGetValue(m.Id, out var known) ? m with { ContextLength = known.Window } : m)]);
    }

    /// <summary>
    /// The context window in tokens that the model's own Modelfile sets (<c>POST /api/show</c>, kept for 5 minutes); null when it sets
    /// none, so that the server's default holds, which no version before 0.12.6 tells before the model is loaded.
    /// </summary>
    public async ValueTask<int?> WindowAsync(string model, CancellationToken cancellationToken)
    {
        if (_windows.TryGetValue(model, out var known) && client.Time.GetElapsedTime(known.Timestamp) < WindowAge)
        {
            return known.Window;
        }

        var body = new PooledBuffer();
        using var content = new PooledContent(body);
        using (var json = new Utf8JsonWriter(body, JsonText.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("model"u8, model);
            json.WriteEndObject();
        }

        var (window, error) = await AskAsync(HttpMethod.Post, "api/show", content, ReadWindow, cancellationToken);
        if (error is null)
        {
            _windows[model] = (window, client.Time.GetTimestamp());
        }

        return window;
    }

    private ValueTask<(T? Result, GatewayError? Error)> AskAsync<T>(
        HttpMethod method, string path, HttpContent? content, Func<JsonElement, T?> read, CancellationToken cancellationToken) =>
        UpstreamQuery.AskAsync(client, method, path, content, read, cancellationToken);

    private static Version? ReadVersion(JsonElement root)
    {
        // Such as 0.12.6, 0.12.6-rc0 or 0.0.0, which every build from source without a tag is.
        var match = VersionPattern().Match(root.GetProperty("version"u8).GetString() ?? "");
        return match.Success && System.Version.TryParse(match.ValueSpan, out var version) && version != new Version(0, 0, 0) ? version : null;
    }

    private static List<ListedModel> ReadModels(JsonElement root) =>
        [.. root.GetProperty("models"u8).EnumerateArray().Select(ReadModel).OfType<ListedModel>()];

    /// <summary>Null for an entry that names no model; one odd entry must not hide the others.</summary>
    private static ListedModel? ReadModel(JsonElement model)
    {
        if (model.ValueKind != JsonValueKind.Object
            || !(IsText(model, "model"u8, out var name) || IsText(model, "name"u8, out name))
            || name.GetString() is not { Length: > 0 } id)
        {
            return null;
        }

        var isDated = IsText(model, "modified_at"u8, out var modified) && modified.TryGetDateTimeOffset(out _);
        return new ListedModel(id, isDated ? modified.GetDateTimeOffset().ToUnixTimeSeconds() : 0, "ollama") { RunsElsewhere = IsRemote(model) };
    }

    /// <summary>
    /// A model that another server runs, under whatever name: <c>ollama cp gpt-oss:120b-cloud private</c> (source: ollama/ollama, api/types.go,
    /// <c>remote_host</c> and <c>remote_model</c> of <c>/api/tags</c>). What stands there in an unknown form says so as well.
    /// </summary>
    private static bool IsRemote(JsonElement model) => IsSaid(model, "remote_host"u8) || IsSaid(model, "remote_model"u8);

    private static bool IsSaid(JsonElement model, ReadOnlySpan<byte> name) =>
        model.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False)
        && !(value.ValueKind == JsonValueKind.String && value.GetString() is "");

    private static bool IsText(JsonElement parent, ReadOnlySpan<byte> name, out JsonElement text) =>
        parent.TryGetProperty(name, out text) && text.ValueKind == JsonValueKind.String;

    /// <summary><c>parameters</c> is text: a name, blanks and a value on each line.</summary>
    private static int? ReadWindow(JsonElement root)
    {
        if (root.TryGetProperty("parameters"u8, out var parameters) && parameters.ValueKind == JsonValueKind.String)
        {
            var match = WindowPattern().Match(parameters.GetString()!);
            if (match.Success && int.TryParse(match.Groups[1].ValueSpan, out var window))
            {
                return window;
            }
        }

        return null;
    }

    [GeneratedRegex(@"^\d+\.\d+\.\d+")]
    private static partial Regex VersionPattern();

    [GeneratedRegex(@"^num_ctx\s+(\d+)\s*$", RegexOptions.Multiline)]
    private static partial Regex WindowPattern();
}

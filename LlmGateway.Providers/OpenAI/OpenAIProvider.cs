using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.OpenAI;

/// <summary>
/// Any server that speaks OpenAI's HTTP API (OpenAI itself, vLLM, Grok, …). A passthrough: only <c>model</c>, <c>stream_options</c> and
/// the fields that a model knows by another name are rewritten, everything else survives in both directions.
/// </summary>
internal sealed class OpenAIProvider(UpstreamClient client, OpenAIProfile profile, bool allowRemoteMedia = true) : IModelProvider
{
    /// <summary>Answers of chat and completions up to this size are held and checked before a byte of them is sent on.</summary>
    private const int MostHeld = 256 * 1024;

    private static readonly TimeSpan ListTimeout = TimeSpan.FromSeconds(5);

    public string Name => client.Provider;

    public string Type => profile.Type;

    public ValueTask<GatewayAnswer> ChatAsync(ProviderCall call) => CallAsync("chat/completions", call);

    public ValueTask<GatewayAnswer> CompleteAsync(ProviderCall call) => CallAsync("completions", call);

    public ValueTask<GatewayAnswer> EmbedAsync(ProviderCall call) => CallAsync("embeddings", call);

    public async ValueTask<ModelListing> ListModelsAsync(CancellationToken cancellationToken)
    {
        using var bound = new CancellationTokenSource(ListTimeout, client.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, bound.Token);
        using var deadline = client.StartCall(streamed: false, linked.Token);
        var (response, error) = await client.SendAsync(HttpMethod.Get, "models", null, deadline);
        if (response is null)
        {
            return ModelListing.Failed(ProviderWords.Withhold(Explain(error!, bound)));
        }

        using (response)
        {
            var (body, bodyError) = await UpstreamBody.ReadAsync(client, response, deadline);
            using (body)
            {
                return body is null ? ModelListing.Failed(Explain(bodyError!, bound)) : ReadListing(body.Written);
            }
        }
    }

    public async ValueTask<GatewayError?> ProbeAsync(CancellationToken cancellationToken) =>
        (await ListModelsAsync(cancellationToken)).Error;

    private async ValueTask<GatewayAnswer> CallAsync(string path, ProviderCall call)
    {
        var view = call.View;
        if (!allowRemoteMedia && RemoteMedia.Refusal(view) is { } refused)
        {
            return new ErrorAnswer(refused);
        }

        var deadline = client.StartCall(view.Stream, call.Aborted);
        HttpResponseMessage? response = null;
        var handedOver = false;
        try
        {
            (response, var error) = await client.SendAsync(HttpMethod.Post, path, RequestEdits.Content(view, call.Model, profile), deadline, call.Attempts);
            if (response is null)
            {
                return new ErrorAnswer(error!);
            }

            if (!view.Stream)
            {
                (var answer, handedOver) = await ReadWholeAsync(view, response, deadline);
                return answer;
            }

            if (response.Content.Headers.ContentType?.MediaType?.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase) != true)
            {
                return new ErrorAnswer(await ExplainNoStreamAsync(view.Operation, response, deadline));
            }

            var stream = new OpenAIStream(client, response, deadline, view, profile.Words);
            handedOver = true;
            return await FirstChunk.AwaitAsync(stream, Name);
        }
        finally
        {
            if (!handedOver)
            {
                response?.Dispose();
                deadline.Dispose();
            }
        }
    }

    /// <summary>
    /// An answer that is not streamed: held and checked whole, or passed on as it comes when it is too large for that. Embeddings are
    /// always held, because they may have to be counted and encoded anew.
    /// </summary>
    private async ValueTask<(GatewayAnswer Answer, bool HandedOver)> ReadWholeAsync(RequestView view, HttpResponseMessage response, CallDeadline deadline)
    {
        if (!UpstreamBody.IsJson(response))
        {
            return (new ErrorAnswer(UpstreamFailure.Invalid(Name, "an answer that is no JSON")), false);
        }

        if (view.Operation == Operation.Embeddings)
        {
            var (vectors, failed) = await UpstreamBody.ReadAsync(client, response, deadline);
            return (vectors is null ? new ErrorAnswer(failed!) : Check(view, vectors), false);
        }

        var (body, isComplete, error) = await UpstreamBody.ReadHeadAsync(client, response, deadline, MostHeld);
        if (body is null)
        {
            return (new ErrorAnswer(error!), false);
        }

        return isComplete
            ? (Check(view, body), false)
            : (await FirstChunk.AwaitAsync(new UpstreamDocument(client, response, deadline, ExpectedAnswer.Of(view), body), Name), true);
    }

    private GatewayAnswer Check(RequestView view, PooledBuffer body)
    {
        var facts = AnswerInspector.Inspect(ExpectedAnswer.Of(view), body.WrittenSpan);
        if (facts.Kind == AnswerKind.Answer)
        {
            return view.Operation == Operation.Embeddings && (facts.IsUnordered || (view.Base64Embeddings ? facts.HasFloatVectors : facts.HasBase64Vectors))
                ? EmbeddingEncoding.Convert(Name, body, facts, view.Base64Embeddings)
                : new JsonAnswer(body, facts.Usage, facts.FinishReason);
        }

        using (body)
        {
            return new ErrorAnswer(facts.Kind == AnswerKind.Error
                ? UpstreamErrorReader.ReadInline(Name, body.Written, profile.Words)
                : UpstreamFailure.Invalid(Name, facts.Fault!));
        }
    }

    /// <summary>A stream was asked for and something else came: often an error document with status 200.</summary>
    private async ValueTask<GatewayError> ExplainNoStreamAsync(Operation operation, HttpResponseMessage response, CallDeadline deadline)
    {
        if (UpstreamBody.IsJson(response))
        {
            var (body, error) = await UpstreamBody.ReadAsync(client, response, deadline);
            using (body)
            {
                if (body is null || AnswerInspector.Inspect(new ExpectedAnswer(operation), body.WrittenSpan).Kind == AnswerKind.Error)
                {
                    return error ?? UpstreamErrorReader.ReadInline(Name, body!.Written, profile.Words);
                }
            }
        }

        return UpstreamFailure.Invalid(Name, "no event stream though one was asked for");
    }

    private ModelListing ReadListing(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, JsonText.DocumentOptions);
            if (!TryFindEntries(document.RootElement, out var entries))
            {
                return ModelListing.Failed(UpstreamFailure.Invalid(Name, "a malformed list of models"));
            }

            ListedModel[] models = [.. entries.Select(ReadModel).OfType<ListedModel>()];
            return models.Length > 0 || entries.Length == 0
                ? new ModelListing(models)
                : ModelListing.Failed(UpstreamFailure.Invalid(Name, "a list in which no entry names a model"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return ModelListing.Failed(UpstreamFailure.Invalid(Name, "a malformed list of models"));
        }
    }

    /// <summary>
    /// The entries of OpenAI's list, or of one that stands alone (Together) or is called <c>models</c> (Cohere). A server without models may
    /// have null in its place; a bare list that is empty says nothing.
    /// </summary>
    private static bool TryFindEntries(JsonElement root, out JsonElement[] entries)
    {
        entries = [];
        var isBare = root.ValueKind == JsonValueKind.Array;
        var list = root;
        if (root.ValueKind == JsonValueKind.Object && !root.TryGetProperty("data"u8, out list) && !root.TryGetProperty("models"u8, out list))
        {
            return false;
        }

        entries = list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];
        return isBare ? entries.Length > 0 : list.ValueKind == JsonValueKind.Array || (list.ValueKind == JsonValueKind.Null && root.ValueKind == JsonValueKind.Object);
    }

    /// <summary>Null for an entry that names no model; one odd entry must not hide the others.</summary>
    private ListedModel? ReadModel(JsonElement model) =>
        Text(model, "id"u8) is { Length: > 0 } id
            ? new ListedModel(
                id,
                model.TryGetProperty("created"u8, out var created) && created.ValueKind == JsonValueKind.Number && created.TryGetInt64(out var seconds) ? seconds : 0,
                Text(model, "owned_by"u8) ?? "",
                ReadContextLength(model))
            : null;

    private int? ReadContextLength(JsonElement model) =>
        profile.ContextLengthField is { } field && model.TryGetProperty(field, out var length) && length.ValueKind == JsonValueKind.Number
            && length.TryGetInt32(out var tokens) && tokens > 0
            ? tokens
            : null;

    private static string? Text(JsonElement element, ReadOnlySpan<byte> name)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair.
            return null;
        }
    }

    private GatewayError Explain(GatewayError error, CancellationTokenSource bound) => bound.IsCancellationRequested
        ? new GatewayError(GatewayErrorCode.UpstreamTimeout, FormattableString.Invariant($"Provider '{Name}' did not list its models within {ListTimeout.TotalSeconds} s."))
        : error;
}

using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Anthropic;

/// <summary>
/// A server that speaks Anthropic's Messages API (source: the request, answer and event types of Anthropic's SDK for TypeScript, 1.11,
/// and its documentation of errors and streaming).
/// </summary>
internal sealed class AnthropicProvider(UpstreamClient client, ProviderOptions options) : IModelProvider
{
    public const string TypeName = "anthropic";

    private readonly AnthropicModels _models = new(client);
    private readonly ContextLengths _contextLengths = new(options);

    public string Name => client.Provider;

    public string Type => TypeName;

    public bool Translates => true;

    public ValueTask<GatewayAnswer> CompleteAsync(ProviderCall call) =>
        Refuse("Anthropic's API has no completions of plain text: ask this model by /v1/chat/completions.");

    public ValueTask<GatewayAnswer> EmbedAsync(ProviderCall call) =>
        Refuse("Anthropic's API makes no embeddings: ask another model.");

    public ValueTask<ModelListing> ListModelsAsync(CancellationToken cancellationToken) => _models.ListAsync(cancellationToken);

    public async ValueTask<GatewayError?> ProbeAsync(CancellationToken cancellationToken) =>
        (await _models.ListAsync(cancellationToken)).Error;

    public async ValueTask<GatewayAnswer> ChatAsync(ProviderCall call)
    {
        var body = new PooledBuffer();
        using var content = new PooledContent(body);
        if (RequestWriter.Write(call, new ModelFacts(_models.ThinksAdaptively(call.Model), _contextLengths.Find(call)), body) is { } invalid)
        {
            return new ErrorAnswer(invalid);
        }

        var isStreamed = call.View.Stream;
        var deadline = client.StartCall(isStreamed, call.Aborted);
        HttpResponseMessage? response = null;
        var handedOver = false;
        try
        {
            (response, var error) = await client.SendAsync(HttpMethod.Post, "v1/messages", content, deadline, call.Attempts);
            if (response is null)
            {
                return new ErrorAnswer(AnthropicErrors.Translate(error!));
            }

            if (!isStreamed || response.Content.Headers.ContentType?.MediaType?.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase) != true)
            {
                return await ReadWholeAsync(call, response, deadline);
            }

            var stream = new AnthropicStream(client, response, deadline, call.View);
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

    private static ValueTask<GatewayAnswer> Refuse(string message) =>
        ValueTask.FromResult<GatewayAnswer>(new ErrorAnswer(FieldPolicy.Unsupported("model", message)));

    /// <summary>One document: the answer, or what came although a stream was asked for.</summary>
    private async ValueTask<GatewayAnswer> ReadWholeAsync(ProviderCall call, HttpResponseMessage response, CallDeadline deadline)
    {
        var noStream = call.View.Stream ? UpstreamFailure.Invalid(Name, "no event stream though one was asked for") : null;
        if (!UpstreamBody.IsJson(response))
        {
            return new ErrorAnswer(noStream ?? UpstreamFailure.Invalid(Name, "an answer that is no JSON"));
        }

        var (body, error) = await UpstreamBody.ReadAsync(client, response, deadline);
        using (body)
        {
            return body is null ? new ErrorAnswer(error!)
                : AnthropicErrors.ReadInline(Name, body.Written) is { } told ? new ErrorAnswer(told)
                : noStream is not null ? new ErrorAnswer(noStream)
                : new WholeAnswer().Translate(Name, call.View, body.Written, client.Time.GetUtcNow().ToUnixTimeSeconds());
        }
    }
}

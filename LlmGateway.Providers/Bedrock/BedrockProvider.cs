using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.Bedrock;

/// <summary>
/// Models at Amazon Bedrock: chats by the Converse API, which is the same for all of them, and embeddings in the form of each family (source:
/// AWS's API reference of Bedrock Runtime).
/// </summary>
/// <param name="client">Asks for answers.</param>
/// <param name="control">Asks which models there are; another host at AWS.</param>
internal sealed class BedrockProvider(UpstreamClient client, UpstreamClient control) : IModelProvider
{
    public const string TypeName = "bedrock";

    private const string EventStreamType = "application/vnd.amazon.eventstream";

    private readonly BedrockModels _models = new(control);

    public string Name => client.Provider;

    public string Type => TypeName;

    public bool Translates => true;

    public ValueTask<GatewayAnswer> CompleteAsync(ProviderCall call) => ValueTask.FromResult<GatewayAnswer>(new ErrorAnswer(FieldPolicy.Unsupported(
        "model", "Bedrock's Converse API has no completions of plain text: ask this model by /v1/chat/completions.")));

    public ValueTask<ModelListing> ListModelsAsync(CancellationToken cancellationToken) => _models.ListAsync(cancellationToken);

    public ValueTask<GatewayError?> ProbeAsync(CancellationToken cancellationToken) => _models.ProbeAsync(cancellationToken);

    public async ValueTask<GatewayAnswer> ChatAsync(ProviderCall call)
    {
        var body = new PooledBuffer();
        using var content = new PooledContent(body);
        if (RequestWriter.Write(call, body) is { } invalid)
        {
            return new ErrorAnswer(invalid);
        }

        var isStreamed = call.View.Stream;
        var deadline = client.StartCall(isStreamed, call.Aborted);
        HttpResponseMessage? response = null;
        var handedOver = false;
        try
        {
            (response, var error) = await client.SendAsync(HttpMethod.Post, Path(call.Model, isStreamed ? "converse-stream" : "converse"), content, deadline);
            if (response is null)
            {
                return new ErrorAnswer(error!);
            }

            if (!isStreamed || response.Content.Headers.ContentType?.MediaType?.Equals(EventStreamType, StringComparison.OrdinalIgnoreCase) != true)
            {
                return await ReadWholeAsync(call, response, deadline);
            }

            var stream = new BedrockStream(client, response, deadline, call.View);
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

    /// <summary>One call after the other: most models take one text at a time.</summary>
    public async ValueTask<GatewayAnswer> EmbedAsync(ProviderCall call)
    {
        var (request, refused) = EmbeddingsRequest.Read(call);
        if (request is null)
        {
            return new ErrorAnswer(refused!);
        }

        using (request)
        {
            using var answer = new EmbeddingsAnswer(Name, call.View);
            using var deadline = client.StartCall(streamed: false, call.Aborted);
            while (!request.IsDone)
            {
                if (await EmbedNextAsync(call.Model, request, answer, deadline) is { } error)
                {
                    return new ErrorAnswer(error);
                }
            }

            return answer.Finish();
        }
    }

    /// <summary>Ids hold colons, ARNs slashes too.</summary>
    private static string Path(string model, string operation) => $"model/{Uri.EscapeDataString(model)}/{operation}";

    private async ValueTask<GatewayError?> EmbedNextAsync(string model, EmbeddingsRequest request, EmbeddingsAnswer answer, CallDeadline deadline)
    {
        var body = new PooledBuffer();
        using var content = new PooledContent(body);
        request.WriteNext(body);
        var (response, error) = await client.SendAsync(HttpMethod.Post, Path(model, "invoke"), content, deadline);
        using (response)
        {
            if (response is null)
            {
                return error;
            }

            var tokens = response.Headers.TryGetValues("x-amzn-bedrock-input-token-count", out var counted) ? counted.First() : null;
            (var document, error) = await UpstreamBody.ReadAsync(client, response, deadline);
            using (document)
            {
                return document is null ? error : BedrockErrors.ReadInline(Name, document.Written) ?? answer.Add(request, document.Written, tokens);
            }
        }
    }

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
                : BedrockErrors.ReadInline(Name, body.Written) is { } told ? new ErrorAnswer(told)
                : noStream is not null ? new ErrorAnswer(noStream)
                : new WholeAnswer().Translate(Name, call.View, body.Written, client.Time.GetUtcNow().ToUnixTimeSeconds());
        }
    }
}

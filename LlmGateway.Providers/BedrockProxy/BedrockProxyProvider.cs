using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Bedrock;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.BedrockProxy;

/// <summary>
/// A small program of one's own in front of Bedrock: it takes <c>{"model", "prompt", "messages", "max_tokens", "temperature"}</c> at one
/// address and answers with one document, see <see cref="ProxyReply"/>. It lists no models: those are configured.
/// </summary>
/// <param name="client">Asks at the root of the address.</param>
/// <param name="path">The rest of the address.</param>
internal sealed class BedrockProxyProvider(UpstreamClient client, string path) : IModelProvider
{
    public const string TypeName = "bedrock-proxy";

    private static readonly TimeSpan ProbeBound = TimeSpan.FromSeconds(5);

    public string Name => client.Provider;

    public string Type => TypeName;

    public bool Translates => true;

    public ValueTask<GatewayAnswer> CompleteAsync(ProviderCall call) =>
        Refuse("This model answers chats only: ask it by /v1/chat/completions.");

    public ValueTask<GatewayAnswer> EmbedAsync(ProviderCall call) => Refuse("This model makes no embeddings: ask another one.");

    public async ValueTask<ModelListing> ListModelsAsync(CancellationToken cancellationToken) =>
        await ProbeAsync(cancellationToken) is { } error ? ModelListing.Failed(error) : new ModelListing([]);

    /// <summary>Whatever it says to a question that it does not know, it is there.</summary>
    public async ValueTask<GatewayError?> ProbeAsync(CancellationToken cancellationToken)
    {
        using var bound = new CancellationTokenSource(ProbeBound, client.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, bound.Token);
        using var deadline = client.StartCall(streamed: false, linked.Token);
        var (response, error) = await client.SendAsync(HttpMethod.Get, path, null, deadline);
        response?.Dispose();
        return error is null or { Code: GatewayErrorCode.UpstreamRejected or GatewayErrorCode.UpstreamError or GatewayErrorCode.UpstreamInvalidResponse } ? null
            : bound.IsCancellationRequested ? new GatewayError(GatewayErrorCode.UpstreamTimeout, $"Provider '{Name}' did not answer in time.")
            : error;
    }

    public async ValueTask<GatewayAnswer> ChatAsync(ProviderCall call)
    {
        var body = new PooledBuffer();
        using var content = new PooledContent(body);
        if (ProxyRequest.Write(call, body) is { } invalid)
        {
            return new ErrorAnswer(invalid);
        }

        using var deadline = client.StartCall(streamed: false, call.Aborted);
        var (response, error) = await client.SendAsync(HttpMethod.Post, path, content, deadline);
        using (response)
        {
            if (response is null)
            {
                return new ErrorAnswer(error!);
            }

            if (!UpstreamBody.IsJson(response))
            {
                return new ErrorAnswer(UpstreamFailure.Invalid(Name, "an answer that is no JSON"));
            }

            (var document, error) = await UpstreamBody.ReadAsync(client, response, deadline);
            using (document)
            {
                return document is null ? new ErrorAnswer(error!) : Translate(call.View, document.Written);
            }
        }
    }

    private static ValueTask<GatewayAnswer> Refuse(string message) =>
        ValueTask.FromResult<GatewayAnswer>(new ErrorAnswer(FieldPolicy.Unsupported("model", message)));

    private GatewayAnswer Translate(RequestView view, ReadOnlyMemory<byte> document)
    {
        if (ProxyReply.Read(Name, document, out var reply) is { } error)
        {
            return new ErrorAnswer(error);
        }

        var created = client.Time.GetUtcNow().ToUnixTimeSeconds();
        return view.Stream ? ProxyStream.Create(view, reply, created, client.Time) : reply.ToAnswer(view, created);
    }
}

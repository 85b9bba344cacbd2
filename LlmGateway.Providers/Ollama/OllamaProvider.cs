using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Core.Resilience;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.Ollama;

/// <summary>
/// A server that speaks Ollama's own API (source: ollama/ollama docs/api.md), which can do more than its imitation of OpenAI's:
/// context window, keep-alive, thinking, and refusing a prompt that is too long instead of shortening it.
/// </summary>
internal sealed class OllamaProvider : IModelProvider
{
    public const string TypeName = "ollama";

    private readonly UpstreamClient _client;
    private readonly OllamaServer _server;
    private readonly OllamaSettings _settings;

    public OllamaProvider(UpstreamClient client, ProviderOptions options)
    {
        _client = client;
        _server = new OllamaServer(client);
        _settings = new OllamaSettings(options);
    }

    public string Name => _client.Provider;

    public string Type => TypeName;

    public bool Translates => true;

    public ValueTask<GatewayAnswer> ChatAsync(ProviderCall call) => CallAsync("api/chat", call);

    public ValueTask<GatewayAnswer> CompleteAsync(ProviderCall call) => CallAsync("api/generate", call);

    public ValueTask<GatewayAnswer> EmbedAsync(ProviderCall call) => CallAsync("api/embed", call);

    public ValueTask<ModelListing> ListModelsAsync(CancellationToken cancellationToken) => _server.ListModelsAsync(cancellationToken);

    public ValueTask<GatewayError?> ProbeAsync(CancellationToken cancellationToken) => _server.ProbeAsync(cancellationToken);

    private async ValueTask<GatewayAnswer> CallAsync(string path, ProviderCall call)
    {
        var body = new PooledBuffer();
        using var content = new PooledContent(body);
        if (RequestWriter.Write(call, _settings, body, out var facts) is { } invalid)
        {
            return new ErrorAnswer(invalid);
        }

        var guard = await GuardAsync(call, facts);
        if (guard.CheckRequest() is { } tooLong)
        {
            return new ErrorAnswer(tooLong);
        }

        var isStreamed = call.View.Stream && call.View.Operation != Operation.Embeddings;
        var deadline = _client.StartCall(isStreamed, call.Aborted);
        HttpResponseMessage? response = null;
        var handedOver = false;
        try
        {
            (response, var error) = await _client.SendAsync(HttpMethod.Post, path, content, deadline, call.Attempts);
            if (response is null)
            {
                return new ErrorAnswer(OllamaErrors.Translate(error!, call));
            }

            if (!isStreamed)
            {
                return await ReadWholeAsync(call, guard, response, deadline);
            }

            if (!IsLines(response))
            {
                return await ExplainNoStreamAsync(call, response, deadline);
            }

            var stream = new OllamaStream(_client, response, deadline, call, guard);
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

    /// <summary>Costs nothing with a server that refuses prompts that are too long.</summary>
    private async ValueTask<ContextGuard> GuardAsync(ProviderCall call, RequestFacts facts)
    {
        var window = facts.NumCtx;
        if (call.View.Operation != Operation.Embeddings && window is null && !ContextGuard.IsTrusted(_server.Version))
        {
            window = await _server.WindowAsync(call.Model, call.Aborted);
        }

        return new ContextGuard(call.View.Operation, facts.TextBytes, window, _server.Version);
    }

    private async ValueTask<GatewayAnswer> ReadWholeAsync(ProviderCall call, ContextGuard guard, HttpResponseMessage response, CallDeadline deadline)
    {
        if (!UpstreamBody.IsJson(response))
        {
            return new ErrorAnswer(UpstreamFailure.Invalid(Name, "an answer that is no JSON"));
        }

        var (body, error) = await UpstreamBody.ReadAsync(_client, response, deadline);
        using (body)
        {
            return body is null ? new ErrorAnswer(error!)
                : call.View.Operation == Operation.Embeddings ? EmbeddingsAnswer.Translate(Name, call, body.Written)
                : WholeAnswer.Translate(Name, call, body.Written, guard, _client.Time.GetUtcNow().ToUnixTimeSeconds());
        }
    }

    private static bool IsLines(HttpResponseMessage response) =>
        response.Content.Headers.ContentType?.MediaType is { } type
        && (type.Equals("application/x-ndjson", StringComparison.OrdinalIgnoreCase)
            || type.Equals("application/ndjson", StringComparison.OrdinalIgnoreCase));

    /// <summary>A stream was asked for and something else came: an error document with status 200, or nothing that can be trusted.</summary>
    private async ValueTask<GatewayAnswer> ExplainNoStreamAsync(ProviderCall call, HttpResponseMessage response, CallDeadline deadline)
    {
        var noStream = UpstreamFailure.Invalid(Name, "no stream of JSON lines though one was asked for");
        if (!UpstreamBody.IsJson(response))
        {
            return new ErrorAnswer(noStream);
        }

        var (body, error) = await UpstreamBody.ReadAsync(_client, response, deadline);
        using (body)
        {
            return new ErrorAnswer(error
                ?? (OllamaReply.TryRead(body!.WrittenSpan, out var reply) && reply.IsError
                    ? OllamaErrors.Translate(UpstreamErrorReader.ReadInline(Name, body.Written), call)
                    : noStream));
        }
    }
}

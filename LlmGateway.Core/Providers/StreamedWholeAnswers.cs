using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Providers;

/// <summary>
/// A provider that is asked for a stream where the client wants a whole answer, which is put together here: the bounds of streams hold, so
/// that a server that has died is noticed long before the whole answer would be due. Embeddings cannot be streamed.
/// </summary>
internal sealed class StreamedWholeAnswers(IModelProvider inner) : IModelProvider
{
    /// <summary>The largest answer that is put together, in bytes.</summary>
    private const int MaxAnswerBytes = 64 * 1024 * 1024;

    public string Name => inner.Name;

    public string Type => inner.Type;

    public bool Translates => inner.Translates;

    public ValueTask<GatewayAnswer> ChatAsync(ProviderCall call) =>
        call.View.Stream ? inner.ChatAsync(call) : AssembleAsync(call.View, inner.ChatAsync(call with { View = StreamedRequest.Of(call.View) }));

    public ValueTask<GatewayAnswer> CompleteAsync(ProviderCall call) =>
        call.View.Stream ? inner.CompleteAsync(call) : AssembleAsync(call.View, inner.CompleteAsync(call with { View = StreamedRequest.Of(call.View) }));

    public ValueTask<GatewayAnswer> EmbedAsync(ProviderCall call) => inner.EmbedAsync(call);

    public ValueTask<ModelListing> ListModelsAsync(CancellationToken cancellationToken) => inner.ListModelsAsync(cancellationToken);

    public ValueTask<GatewayError?> ProbeAsync(CancellationToken cancellationToken) => inner.ProbeAsync(cancellationToken);

    private async ValueTask<GatewayAnswer> AssembleAsync(RequestView view, ValueTask<GatewayAnswer> answering)
    {
        var answer = await answering;
        if (answer is not StreamAnswer { IsDocument: false } stream)
        {
            return answer;
        }

        await using (stream)
        {
            var assembler = new AnswerAssembler();
            do
            {
                while (stream.TryRead(out var chunk))
                {
                    assembler.Add(chunk.Span);
                    if (assembler.ApproximateLength > MaxAnswerBytes)
                    {
                        return Invalid($"an answer of more than {MaxAnswerBytes / 1024 / 1024} MiB");
                    }
                }
            }
            while (await stream.WaitAsync() == StreamState.Ready);

            return stream.State == StreamState.Completed ? Check(view, stream, assembler)
                : new ErrorAnswer(stream.Error ?? new GatewayError(GatewayErrorCode.UpstreamInterrupted, $"Provider '{Name}' broke its answer off."));
        }
    }

    /// <summary>What makes a stream whole makes its answer whole too; this holds even if the chunks contradicted each other.</summary>
    private GatewayAnswer Check(RequestView view, StreamAnswer stream, AnswerAssembler assembler)
    {
        var body = new PooledBuffer();
        assembler.Write(body);
        var facts = AnswerInspector.Inspect(ExpectedAnswer.Of(view), body.WrittenSpan);
        if (facts.Kind == AnswerKind.Answer)
        {
            return new JsonAnswer(body, stream.Usage, stream.FinishReason);
        }

        body.Dispose();
        return Invalid(facts.Fault ?? "a malformed answer");
    }

    private ErrorAnswer Invalid(string what) => new(new GatewayError(GatewayErrorCode.UpstreamInvalidResponse, $"Provider '{Name}' sent {what}."));
}

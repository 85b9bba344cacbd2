using System.Globalization;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Bedrock;

/// <summary>
/// POST /model/{id}/invoke for embeddings, in the vendor's own shape: Cohere's when the request has <c>texts</c> or the model is
/// Cohere's, else Titan's. Models that chat are served by the Converse API alone.
/// </summary>
internal static class InvokeEndpoint
{
    public static async Task HandleAsync(Exchange exchange)
    {
        var model = BedrockModels.Find(exchange);
        var body = exchange.ParseBody();
        var isCohere = model.StartsWith("cohere.", StringComparison.Ordinal)
            || (!model.StartsWith("amazon.", StringComparison.Ordinal) && body.Field("texts") is not null);
        EmbeddingInvocation invocation = isCohere ? CohereEmbeddings.Parse(body) : TitanEmbeddings.Parse(body);

        using var lease = await exchange.BeginAsync(model, ModelCapabilities.Embedding);
        var counts = invocation.Texts.Select(text => Tokenizer.Count(text)).ToArray();
        if (counts.Max() > exchange.Model.ContextLength) invocation.RefuseTooLong(counts.Max(), exchange.Model.ContextLength);
        var size = invocation.Dimensions ?? exchange.Model.EmbeddingDimensions;
        var vectors = invocation.Texts.Select(text => Embedder.Embed(text, size)).ToList();
        await exchange.PaceAsync(0);
        var headers = exchange.Http.Response.Headers;
        headers["X-Amzn-Bedrock-Input-Token-Count"] = counts.Sum().ToString(CultureInfo.InvariantCulture);
        headers["X-Amzn-Bedrock-Invocation-Latency"] = ((long)exchange.Elapsed.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        await exchange.WriteJsonAsync(200, (invocation, vectors, Tokens: counts.Sum()), static (json, s) => s.invocation.Write(json, s.vectors, s.Tokens));
    }
}

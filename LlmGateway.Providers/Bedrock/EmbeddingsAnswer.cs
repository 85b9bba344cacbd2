using System.Globalization;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Bedrock;

/// <summary>Collects the answers to the calls of one request into OpenAI's list; there is one good vector for every text, or an error.</summary>
internal sealed class EmbeddingsAnswer : IDisposable
{
    private readonly string _provider;
    private readonly RequestView _view;
    private readonly PooledBuffer _body = new();
    private readonly Utf8JsonWriter _json;
    private bool _isHandedOver;
    private int _vectors;
    private int _length;
    private long? _tokens;

    /// <param name="provider">Name of the provider, for errors.</param>
    /// <param name="view">What was asked.</param>
    public EmbeddingsAnswer(string provider, RequestView view)
    {
        _provider = provider;
        _view = view;
        _json = new Utf8JsonWriter(_body, JsonText.WriterOptions);
        _json.WriteStartObject();
        _json.WriteString("object"u8, "list"u8);
        _json.WriteStartArray("data"u8);
    }

    /// <summary>Takes the answer to one call.</summary>
    /// <param name="request">Whose call it was.</param>
    /// <param name="document">The answer; still the caller's.</param>
    /// <param name="tokens">The header <c>x-amzn-bedrock-input-token-count</c>; null when it did not come.</param>
    public GatewayError? Add(EmbeddingsRequest request, ReadOnlyMemory<byte> document, string? tokens)
    {
        try
        {
            using var parsed = JsonDocument.Parse(document, JsonText.DocumentOptions);
            var root = parsed.RootElement;
            var isGood = request.Family is EmbeddingFamily.Titan or EmbeddingFamily.Titan2
                ? root.TryGetProperty("embedding"u8, out var vector) && Add(vector)
                : TryFindVectors(root, out var vectors) && vectors.GetArrayLength() == request.Count && vectors.EnumerateArray().All(Add);
            if (!isGood || (request.Dimensions is { } wanted && wanted != _length))
            {
                return UpstreamFailure.Invalid(_provider, "other embeddings than asked for");
            }

            if (long.TryParse(tokens, NumberStyles.None, CultureInfo.InvariantCulture, out var counted)
                || (root.TryGetProperty("inputTextTokenCount"u8, out var count) && TokenCount.TryRead(count, out counted)))
            {
                _tokens = TokenCount.Clamp((_tokens ?? 0) + TokenCount.Clamp(counted));
            }

            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return UpstreamFailure.Invalid(_provider, "a malformed answer");
        }
    }

    /// <summary>The whole answer; it belongs to the caller.</summary>
    public JsonAnswer Finish()
    {
        _json.WriteEndArray();
        _json.WritePropertyName("model"u8);
        _json.WriteRawValue(_view.Body.Span.Slice(_view.ModelValue.Start, _view.ModelValue.Length), skipInputValidation: true);
        _json.WriteStartObject("usage"u8);
        _json.WriteNumber("prompt_tokens"u8, _tokens ?? 0);
        _json.WriteNumber("total_tokens"u8, _tokens ?? 0);
        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.Flush();
        _isHandedOver = true;
        return new JsonAnswer(_body, _tokens is { } tokens ? new TokenUsage(tokens, 0) : null, null);
    }

    public void Dispose()
    {
        _json.Dispose();
        if (!_isHandedOver)
        {
            _body.Dispose();
        }
    }

    /// <summary>Cohere answers with the vectors, or with an object of them by type.</summary>
    private static bool TryFindVectors(JsonElement root, out JsonElement vectors) =>
        root.TryGetProperty("embeddings"u8, out vectors)
        && (vectors.ValueKind != JsonValueKind.Object || vectors.TryGetProperty("float"u8, out vectors))
        && vectors.ValueKind == JsonValueKind.Array;

    private bool Add(JsonElement vector)
    {
        var length = vector.GetArrayLength();
        if (length == 0 || (_vectors > 0 && length != _length))
        {
            return false;
        }

        _length = length;
        _json.WriteStartObject();
        _json.WriteString("object"u8, "embedding"u8);
        _json.WriteNumber("index"u8, _vectors++);
        if (_view.Base64Embeddings)
        {
            _json.WritePropertyName("embedding"u8);
            VectorEncoding.WriteBase64(vector, _json);
        }
        else
        {
            VectorEncoding.Check(vector);
            _json.WriteRaw("embedding"u8, vector);
        }

        _json.WriteEndObject();
        return true;
    }
}

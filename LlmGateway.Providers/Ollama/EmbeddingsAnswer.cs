using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Ollama;

/// <summary>Turns the answer of <c>/api/embed</c> into OpenAI's list, and checks that it has one good vector for every text.</summary>
internal static class EmbeddingsAnswer
{
    /// <param name="provider">Name of the provider, for errors.</param>
    /// <param name="call">What was asked.</param>
    /// <param name="document">The answer; still the caller's.</param>
    public static GatewayAnswer Translate(string provider, ProviderCall call, ReadOnlyMemory<byte> document)
    {
        var body = new PooledBuffer();
        try
        {
            using var parsed = JsonDocument.Parse(document, JsonText.DocumentOptions);
            if (Write(provider, call, document, parsed.RootElement, body, out var usage) is not { } error)
            {
                return new JsonAnswer(body, usage, null);
            }

            body.Dispose();
            return new ErrorAnswer(error);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            body.Dispose();
            return new ErrorAnswer(UpstreamFailure.Invalid(provider, "a malformed answer"));
        }
    }

    private static GatewayError? Write(
        string provider, ProviderCall call, ReadOnlyMemory<byte> document, JsonElement root, PooledBuffer body, out TokenUsage? usage)
    {
        usage = null;
        if (JsonText.TryGet(root, "error"u8, out _))
        {
            return OllamaErrors.Translate(UpstreamErrorReader.ReadInline(provider, document), call);
        }

        if (!root.TryGetProperty("embeddings"u8, out var vectors) || vectors.ValueKind != JsonValueKind.Array)
        {
            return UpstreamFailure.Invalid(provider, "a malformed answer");
        }

        if (vectors.GetArrayLength() != call.View.InputCount)
        {
            return UpstreamFailure.Invalid(provider, "another number of embeddings than asked for");
        }

        if (CheckDimensions(provider, call.View, vectors) is { } error)
        {
            return error;
        }

        usage = root.TryGetProperty("prompt_eval_count"u8, out var count) && TokenCount.TryRead(count, out var tokens) ? new TokenUsage(tokens, 0) : null;
        WriteList(call.View, vectors, usage, body);
        return null;
    }

    /// <summary>
    /// Every vector has the same length, and the one asked for: a model with fewer dimensions gives all it has, and servers before
    /// 0.11.11 do not know <c>dimensions</c>.
    /// </summary>
    private static GatewayError? CheckDimensions(string provider, RequestView view, JsonElement vectors)
    {
        var length = vectors[0].GetArrayLength();
        if (length == 0 || vectors.EnumerateArray().Any(v => v.GetArrayLength() != length))
        {
            return UpstreamFailure.Invalid(provider, "embeddings of different lengths");
        }

        using var request = JsonDocument.Parse(view.Body, JsonText.DocumentOptions);
        return JsonText.TryGet(request.RootElement, "dimensions"u8, out var dimensions) && dimensions.GetInt64() is var wanted && wanted != length
            ? FieldPolicy.Unsupported("dimensions", FormattableString.Invariant($"The model's embeddings have {length} dimensions; {wanted} are not to be had."))
            : null;
    }

    private static void WriteList(RequestView view, JsonElement vectors, TokenUsage? usage, PooledBuffer body)
    {
        using var json = new Utf8JsonWriter(body, JsonText.WriterOptions);
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        var index = 0;
        foreach (var vector in vectors.EnumerateArray())
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "embedding"u8);
            json.WriteNumber("index"u8, index++);
            if (view.Base64Embeddings)
            {
                json.WritePropertyName("embedding"u8);
                VectorEncoding.WriteBase64(vector, json);
            }
            else
            {
                VectorEncoding.Check(vector);
                json.WriteRaw("embedding"u8, vector);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WritePropertyName("model"u8);
        json.WriteRawValue(view.Body.Span.Slice(view.ModelValue.Start, view.ModelValue.Length), skipInputValidation: true);
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, usage?.PromptTokens ?? 0);
        json.WriteNumber("total_tokens"u8, usage?.PromptTokens ?? 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}

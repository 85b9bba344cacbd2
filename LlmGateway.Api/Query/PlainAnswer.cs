using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Api.Query;

/// <summary>The answers of <c>/query</c> and <c>/embeddings</c>, out of the whole OpenAI answer.</summary>
internal static class PlainAnswer
{
    /// <summary>Writes the answer to a query. Null when <paramref name="output"/> holds it; otherwise what is wrong with the provider's.</summary>
    public static GatewayError? WriteText(GatewayRequest request, ReadOnlyMemory<byte> answer, TokenUsage? usage, string? finishReason, TimeSpan elapsed, PooledBuffer output)
    {
        var text = AnswerText.InAnswer(answer.Span, out var hasMessage);
        if (!hasMessage)
        {
            return Invalid(request, "an answer without a message");
        }

        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WritePropertyName("response"u8);
        if (text.IsEmpty)
        {
            json.WriteStringValue(""u8);
        }
        else if (answer.Span[text.Start] == '[')
        {
            json.WriteStringValue(AnswerText.Join(answer.Slice(text.Start, text.Length)));
        }
        else
        {
            json.WriteRawValue(answer.Span.Slice(text.Start, text.Length), skipInputValidation: true);
        }

        json.WriteString("provider"u8, request.Provider);
        json.WriteString("model"u8, request.UpstreamModel);
        json.WriteString("finish_reason"u8, finishReason);
        WriteNumber(json, "tokens_used", usage?.TotalTokens);
        json.WriteNumber("processing_time"u8, Math.Round(elapsed.TotalSeconds, 6));
        WriteNumber(json, "cost", usage is { } used ? request.Prices?.Cost(used) : null);
        json.WriteBoolean("cached"u8, false);
        json.WriteString("correlation_id"u8, request.Id);
        json.WriteEndObject();
        return null;
    }

    /// <summary>Writes the vectors in the order of the texts: one, or a list of them.</summary>
    public static GatewayError? WriteVectors(GatewayRequest request, ReadOnlySpan<byte> answer, bool isList, PooledBuffer output)
    {
        if (AnswerVectors.Read(answer) is not { Count: > 0 } vectors || vectors.Count != request.View.InputCount)
        {
            return Invalid(request, "an answer without the vectors that were asked for");
        }

        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WritePropertyName("embeddings"u8);
        if (isList)
        {
            json.WriteStartArray();
        }

        foreach (var (range, _) in vectors)
        {
            json.WriteRawValue(answer.Slice(range.Start, range.Length), skipInputValidation: true);
        }

        if (isList)
        {
            json.WriteEndArray();
        }

        json.WriteString("model"u8, request.UpstreamModel);
        json.WriteString("provider"u8, request.Provider);
        json.WriteNumber("dimensions"u8, vectors[0].Dimensions);
        json.WriteEndObject();
        return null;
    }

    private static GatewayError Invalid(GatewayRequest request, string what) =>
        new(GatewayErrorCode.UpstreamInvalidResponse, $"Provider '{request.Provider}' sent {what}.");

    private static void WriteNumber(Utf8JsonWriter json, string name, decimal? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}

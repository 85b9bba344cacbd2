using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.BedrockProxy;

/// <summary>
/// What a proxy answered, in one of the shapes that are understood: OpenAI's chat completion, Converse's answer, or an object whose
/// <c>response</c>, <c>completion</c>, <c>output</c> or <c>text</c> is the text. <c>usage</c> and a reason may stand beside it in either one's words.
/// </summary>
/// <param name="Text">A JSON string.</param>
/// <param name="FinishReason">In OpenAI's words.</param>
/// <param name="Usage">Empty when nothing was told.</param>
internal sealed record ProxyReply(byte[] Text, string FinishReason, PartUsage Usage)
{
    private static readonly string[] TextNames = ["response", "completion", "output", "text"];

    private static readonly string[] ReasonNames = ["finish_reason", "stop_reason", "stopReason"];

    /// <summary>Null when it could be read.</summary>
    public static GatewayError? Read(string provider, ReadOnlyMemory<byte> document, out ProxyReply reply)
    {
        reply = null!;
        try
        {
            using var parsed = JsonDocument.Parse(document, JsonText.DocumentOptions);
            var root = parsed.RootElement;
            if (root.ValueKind == JsonValueKind.Object && JsonText.TryGet(root, "error"u8, out _))
            {
                return UpstreamErrorReader.ReadInline(provider, document);
            }

            if (root.ValueKind != JsonValueKind.Object || !TryFind(root, out var text, out var told) || Reason(told) is not { } reason)
            {
                return UpstreamFailure.Invalid(provider, "an answer of no known shape");
            }

            reply = new ProxyReply(text, reason, ReadUsage(root));
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return UpstreamFailure.Invalid(provider, "a malformed answer");
        }
    }

    public JsonAnswer ToAnswer(RequestView view, long created) => PartAnswer.Write(view, Text, [Part], Usage, FinishReason, created);

    /// <summary>The text as a part of the document that it is.</summary>
    public ContentPart Part => new() { Kind = PartKind.Text, Text = new ByteRange(0, Text.Length) };

    /// <param name="root">The document.</param>
    /// <param name="text">The text as a JSON string.</param>
    /// <param name="reason">Why it ended, in the proxy's words; null when a plain shape does not tell.</param>
    private static bool TryFind(JsonElement root, out byte[] text, out string? reason)
    {
        if (root.TryGetProperty("choices"u8, out var choices))
        {
            return TryFindChoice(choices, out text, out reason);
        }

        reason = ReasonIn(root);
        if (root.TryGetProperty("output"u8, out var output) && output.ValueKind == JsonValueKind.Object)
        {
            return TryJoin(output, out text) && reason is not null;
        }

        foreach (var name in TextNames)
        {
            if (root.TryGetProperty(name, out var plain) && plain.ValueKind == JsonValueKind.String)
            {
                text = Encode(plain.GetString()!);
                return true;
            }
        }

        text = [];
        return false;
    }

    private static bool TryFindChoice(JsonElement choices, out byte[] text, out string? reason)
    {
        text = [];
        reason = null;
        if (choices.ValueKind != JsonValueKind.Array || choices.GetArrayLength() != 1)
        {
            return false;
        }

        var choice = choices[0];
        if (!choice.TryGetProperty("message"u8, out var message) || !message.TryGetProperty("content"u8, out var content)
            || content.ValueKind != JsonValueKind.String || (JsonText.TryGet(message, "tool_calls"u8, out var calls) && calls.GetArrayLength() > 0))
        {
            return false;
        }

        text = Encode(content.GetString()!);
        reason = ReasonIn(choice);
        return reason is not null;
    }

    /// <summary>Converse's texts. Thoughts are not the answer; another kind of block would be missing in it.</summary>
    private static bool TryJoin(JsonElement output, out byte[] text)
    {
        var all = new List<string>();
        text = [];
        if (!output.TryGetProperty("message"u8, out var message) || !message.TryGetProperty("content"u8, out var content) || content.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        foreach (var block in content.EnumerateArray())
        {
            if (block.TryGetProperty("text"u8, out var piece) && piece.ValueKind == JsonValueKind.String)
            {
                all.Add(piece.GetString()!);
            }
            else if (!block.TryGetProperty("reasoningContent"u8, out _))
            {
                return false;
            }
        }

        text = Encode(string.Concat(all));
        return true;
    }

    /// <summary>As a JSON string that is fit to stand in any document.</summary>
    private static byte[] Encode(string text)
    {
        using var buffer = new PooledBuffer();
        using (var json = new Utf8JsonWriter(buffer, JsonText.WriterOptions))
        {
            json.WriteStringValue(text);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static string? ReasonIn(JsonElement holder)
    {
        foreach (var name in ReasonNames)
        {
            if (JsonText.TryGet(holder, name, out var reason) && reason.ValueKind == JsonValueKind.String && reason.GetString() is { } told && !FinishReasons.IsNothing(told))
            {
                return told;
            }
        }

        return null;
    }

    /// <summary>In OpenAI's words; null for one that is not known.</summary>
    private static string? Reason(string? told) => told?.ToLowerInvariant() switch
    {
        null or "stop" or "end_turn" or "stop_sequence" or "complete" or "finish" or "finished" => FinishReasons.Stop,
        "length" or "max_tokens" or "model_context_window_exceeded" => FinishReasons.Length,
        "content_filter" or "content_filtered" or "guardrail_intervened" or "refusal" => FinishReasons.ContentFilter,
        _ => null,
    };

    private static PartUsage ReadUsage(JsonElement root)
    {
        if (!root.TryGetProperty("usage"u8, out var usage) || usage.ValueKind != JsonValueKind.Object)
        {
            return default;
        }

        return new PartUsage
        {
            Input = Count(usage, "prompt_tokens", "input_tokens", "inputTokens"),
            Output = Count(usage, "completion_tokens", "output_tokens", "outputTokens"),
        };
    }

    private static long? Count(JsonElement usage, params string[] names)
    {
        foreach (var name in names)
        {
            if (usage.TryGetProperty(name, out var value) && TokenCount.TryRead(value, out var count))
            {
                return count;
            }
        }

        return null;
    }
}

using System.Buffers;
using System.Text;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Pipeline;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Providers;
using LlmGateway.Providers.Http;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Ollama;

/// <summary>Turns the one document of an answer that is not streamed into OpenAI's.</summary>
internal static class WholeAnswer
{
    /// <param name="provider">Name of the provider, for errors.</param>
    /// <param name="call">What was asked.</param>
    /// <param name="document">The answer; still the caller's.</param>
    /// <param name="guard">Judges the counts.</param>
    /// <param name="created">Unix time in seconds.</param>
    public static GatewayAnswer Translate(string provider, ProviderCall call, ReadOnlyMemory<byte> document, ContextGuard guard, long created)
    {
        if (!OllamaReply.TryRead(document.Span, out var reply))
        {
            return new ErrorAnswer(UpstreamFailure.Invalid(provider, "a malformed answer"));
        }

        if (reply.IsError)
        {
            return new ErrorAnswer(OllamaErrors.Translate(UpstreamErrorReader.ReadInline(provider, document), call));
        }

        if (!reply.IsDone)
        {
            return new ErrorAnswer(UpstreamFailure.Invalid(provider, "an answer that is not done"));
        }

        if (!reply.HasReply)
        {
            return new ErrorAnswer(UpstreamFailure.Invalid(provider, "an answer without a message"));
        }

        if (guard.Check(reply.Metrics) is { } truncated)
        {
            return new ErrorAnswer(truncated);
        }

        var body = new PooledBuffer();
        var toolCalls = 0;
        var isGood = call.View.Operation == Operation.Chat
            ? TryWriteChat(call.View, document, reply, created, body, ref toolCalls)
            : TryWriteCompletion(call.View, document.Span, reply, created, body);
        var reason = AnswerParts.FinishReason(reply.DoneReason, toolCalls > 0);
        if (!isGood || reason is null)
        {
            body.Dispose();
            return new ErrorAnswer(UpstreamFailure.Invalid(provider, isGood ? "an answer that ended for an unknown reason" : "a malformed answer"));
        }

        body.Write(",\"finish_reason\":\""u8);
        Encoding.UTF8.GetBytes(reason, body);
        body.Write("\"}]"u8);
        AnswerParts.WriteMetrics(body, reply.Metrics);
        body.Write("}"u8);
        return new JsonAnswer(body, reply.Metrics.Usage, reason);
    }

    private static bool TryWriteChat(
        RequestView view, ReadOnlyMemory<byte> document, in OllamaReply reply, long created, PooledBuffer body, ref int toolCalls)
    {
        body.Write(AnswerHead.Write(view, "chatcmpl-", "chat.completion"u8, created));
        body.Write("{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"u8);
        body.Write(reply.HasText ? document.Span.Slice(reply.Text.Start, reply.Text.Length) : reply.HasToolCalls ? "null"u8 : "\"\""u8);
        body.Write(",\"refusal\":null"u8);
        if (reply.HasThinking)
        {
            body.Write(",\"reasoning_content\":"u8);
            body.Write(document.Span.Slice(reply.Thinking.Start, reply.Thinking.Length));
        }

        if (reply.HasToolCalls)
        {
            body.Write(",\"tool_calls\":"u8);
            if (!AnswerParts.TryWriteToolCalls(document.Span.Slice(reply.ToolCalls.Start, reply.ToolCalls.Length), ref toolCalls, withIndex: false, body))
            {
                return false;
            }
        }

        body.Write("},\"logprobs\":"u8);
        if (reply.HasLogprobs)
        {
            return AnswerParts.TryWriteLogprobs(document.Slice(reply.Logprobs.Start, reply.Logprobs.Length), body);
        }

        body.Write("null"u8);
        return true;
    }

    private static bool TryWriteCompletion(RequestView view, ReadOnlySpan<byte> document, in OllamaReply reply, long created, PooledBuffer body)
    {
        body.Write(AnswerHead.Write(view, "cmpl-", "text_completion"u8, created));
        body.Write("{\"index\":0,\"text\":"u8);
        body.Write(reply.HasText ? document.Slice(reply.Text.Start, reply.Text.Length) : "\"\""u8);
        body.Write(",\"logprobs\":null"u8);
        return true;
    }
}

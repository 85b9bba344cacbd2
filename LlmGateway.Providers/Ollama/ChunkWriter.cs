using System.Buffers;
using System.Text;
using LlmGateway.Core.Protocol;
using LlmGateway.Providers.Translation;

namespace LlmGateway.Providers.Ollama;

/// <summary>
/// Writes the OpenAI chunks of one streamed answer, several per line where a line says several things, into one buffer. Nothing is
/// allocated per chunk once the buffer has grown.
/// </summary>
internal sealed class ChunkWriter
{
    private readonly PooledBuffer _output;
    private readonly byte[] _head;
    private readonly bool _isChat;
    private readonly bool _includeUsage;
    private int _toolCalls;

    public ChunkWriter(RequestView view, long created)
    {
        _output = Queue.Output;
        _isChat = view.Operation == Operation.Chat;
        _includeUsage = view.IncludeUsage;
        _head = _isChat
            ? AnswerHead.Write(view, "chatcmpl-", "chat.completion.chunk"u8, created)
            : AnswerHead.Write(view, "cmpl-", "text_completion"u8, created);
    }

    public bool HasToolCalls => _toolCalls > 0;

    /// <summary>The chunks that have been written; owned by whoever reads them.</summary>
    public ChunkQueue Queue { get; } = new();

    /// <summary>The first chunk of a chat: who speaks.</summary>
    public void WriteRole()
    {
        _output.Write(_head);
        _output.Write("{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]"u8);
        End();
    }

    /// <summary>What a line adds to the answer. False when its tool calls or probabilities cannot be read.</summary>
    public bool TryWriteDelta(ReadOnlyMemory<byte> line, in OllamaReply reply)
    {
        if (!_isChat)
        {
            WriteText(line.Span, reply);
            return true;
        }

        if ((reply.HasText || reply.HasThinking || reply.HasLogprobs) && !TryWriteChatText(line, reply))
        {
            return false;
        }

        return !reply.HasToolCalls || TryWriteToolCalls(line.Span.Slice(reply.ToolCalls.Start, reply.ToolCalls.Length));
    }

    /// <summary>The chunk that ends the answer: no content, the reason.</summary>
    public void WriteFinish(string reason)
    {
        _output.Write(_head);
        _output.Write(_isChat ? "{\"index\":0,\"delta\":{},\"finish_reason\":\""u8 : "{\"index\":0,\"text\":\"\",\"logprobs\":null,\"finish_reason\":\""u8);
        Encoding.UTF8.GetBytes(reason, _output);
        _output.Write("\"}]"u8);
        End();
    }

    /// <summary>The chunk that counts tokens; none unless the client asked.</summary>
    public void WriteUsage(in OllamaMetrics metrics)
    {
        if (!_includeUsage)
        {
            return;
        }

        _output.Write(_head);
        _output.Write("]"u8);
        AnswerParts.WriteMetrics(_output, metrics);
        _output.Write("}"u8);
        Queue.EndChunk();
    }

    private void WriteText(ReadOnlySpan<byte> line, in OllamaReply reply)
    {
        if (!reply.HasText)
        {
            return;
        }

        _output.Write(_head);
        _output.Write("{\"index\":0,\"text\":"u8);
        _output.Write(line.Slice(reply.Text.Start, reply.Text.Length));
        _output.Write(",\"logprobs\":null,\"finish_reason\":null}]"u8);
        End();
    }

    private bool TryWriteChatText(ReadOnlyMemory<byte> line, in OllamaReply reply)
    {
        _output.Write(_head);
        _output.Write("{\"index\":0,\"delta\":{"u8);
        if (reply.HasThinking)
        {
            _output.Write("\"reasoning_content\":"u8);
            _output.Write(line.Span.Slice(reply.Thinking.Start, reply.Thinking.Length));
        }

        if (reply.HasText)
        {
            _output.Write(reply.HasThinking ? ",\"content\":"u8 : "\"content\":"u8);
            _output.Write(line.Span.Slice(reply.Text.Start, reply.Text.Length));
        }

        _output.Write("}"u8);
        if (reply.HasLogprobs)
        {
            _output.Write(",\"logprobs\":"u8);
            if (!AnswerParts.TryWriteLogprobs(line.Slice(reply.Logprobs.Start, reply.Logprobs.Length), _output))
            {
                return false;
            }
        }

        _output.Write(",\"finish_reason\":null}]"u8);
        End();
        return true;
    }

    private bool TryWriteToolCalls(ReadOnlySpan<byte> calls)
    {
        _output.Write(_head);
        _output.Write("{\"index\":0,\"delta\":{\"tool_calls\":"u8);
        if (!AnswerParts.TryWriteToolCalls(calls, ref _toolCalls, withIndex: true, _output))
        {
            return false;
        }

        _output.Write("},\"finish_reason\":null}]"u8);
        End();
        return true;
    }

    private void End()
    {
        _output.Write(_includeUsage ? ",\"usage\":null}"u8 : "}"u8);
        Queue.EndChunk();
    }
}

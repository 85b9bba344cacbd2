using System.Buffers;
using System.Text;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Providers.Translation;

/// <summary>
/// Writes the OpenAI chunks of one streamed answer that comes in content parts. Strings are passed on as they stand in the event. Beside <c>reasoning_content</c>,
/// the text of thinking, a delta has <c>thinking_blocks</c> with the signature or the redacted data, by index.
/// </summary>
internal sealed class PartChunkWriter
{
    private readonly PooledBuffer _output;
    private readonly byte[] _head;
    private readonly bool _includeUsage;
    private int _toolCalls;
    private int _thinkingBlocks;
    private bool _hasArguments;
    private bool _hasWholeInput;

    public PartChunkWriter(RequestView view, long created)
    {
        _output = Queue.Output;
        _includeUsage = view.IncludeUsage;
        _head = AnswerHead.Write(view, "chatcmpl-", "chat.completion.chunk"u8, created);
    }

    /// <summary>The chunks that have been written; owned by whoever reads them.</summary>
    public ChunkQueue Queue { get; } = new();

    /// <summary>The first chunk: who speaks.</summary>
    public void WriteRole()
    {
        Begin();
        _output.Write("\"role\":\"assistant\",\"content\":\"\""u8);
        End();
    }

    /// <summary>A block begins, possibly with content already. False when its kind is not known: it would be missing in the answer.</summary>
    public bool TryBeginBlock(in ContentPart block, ReadOnlySpan<byte> data)
    {
        switch (block.Kind)
        {
            case PartKind.Text:
                WriteString("\"content\":"u8, block, data);
                return true;
            case PartKind.Thinking:
                WriteString("\"reasoning_content\":"u8, block, data);
                WriteSignature(block, data);
                return true;
            case PartKind.RedactedThinking:
                BeginThinking("redacted_thinking\",\"data\":"u8);
                _output.Write(Slice(data, block.Text));
                _output.Write("}]"u8);
                End();
                return true;
            case PartKind.ToolUse:
                BeginTool(block, data);
                return true;
            default:
                return false;
        }
    }

    /// <summary>A block goes on. False when the delta is not of its kind.</summary>
    public bool TryWriteDelta(PartKind block, in ContentPart delta, ReadOnlySpan<byte> data)
    {
        switch (delta.Kind)
        {
            case PartKind.Text when block == PartKind.Text:
                WriteString("\"content\":"u8, delta, data);
                return true;
            case PartKind.Citations when block == PartKind.Text:
                return true;
            case PartKind.Thinking when block == PartKind.Thinking:
                WriteString("\"reasoning_content\":"u8, delta, data);
                return true;
            case PartKind.Signature when block == PartKind.Thinking:
                WriteSignature(delta, data);
                return true;
            case PartKind.InputJson when block == PartKind.ToolUse && !_hasWholeInput:
                if (delta.HasText)
                {
                    BeginArguments();
                    _output.Write(Slice(data, delta.Text));
                    EndArguments();
                }

                return true;
            default:
                return false;
        }
    }

    /// <summary>A block has ended. A tool that takes nothing still has arguments in OpenAI's protocol: an empty object.</summary>
    public void EndBlock(PartKind block)
    {
        if (block == PartKind.ToolUse && !_hasArguments)
        {
            BeginArguments();
            _output.Write("\"{}\""u8);
            EndArguments();
        }

        _thinkingBlocks += block is PartKind.Thinking or PartKind.RedactedThinking ? 1 : 0;
    }

    /// <summary>The chunk that ends the answer: no content, the reason.</summary>
    public void WriteFinish(string reason)
    {
        Begin();
        _output.Write("},\"finish_reason\":\""u8);
        Encoding.UTF8.GetBytes(reason, _output);
        EndChunk("\"}]"u8);
    }

    /// <summary>The chunk that counts tokens; none unless the client asked.</summary>
    public void WriteUsage(in PartUsage usage)
    {
        if (!_includeUsage)
        {
            return;
        }

        _output.Write(_head);
        _output.Write("]"u8);
        usage.Write(_output);
        _output.Write("}"u8);
        Queue.EndChunk();
    }

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> data, ByteRange range) => data.Slice(range.Start, range.Length);

    private void WriteString(ReadOnlySpan<byte> name, in ContentPart part, ReadOnlySpan<byte> data)
    {
        if (!part.HasText)
        {
            return;
        }

        Begin();
        _output.Write(name);
        _output.Write(Slice(data, part.Text));
        End();
    }

    private void WriteSignature(in ContentPart part, ReadOnlySpan<byte> data)
    {
        if (!part.HasSignature)
        {
            return;
        }

        BeginThinking("thinking\",\"signature\":"u8);
        _output.Write(Slice(data, part.Signature));
        _output.Write("}]"u8);
        End();
    }

    private void BeginThinking(ReadOnlySpan<byte> typeAndName)
    {
        Begin();
        _output.Write("\"thinking_blocks\":[{\"index\":"u8);
        _output.WriteNumber(_thinkingBlocks);
        _output.Write(",\"type\":\""u8);
        _output.Write(typeAndName);
    }

    private void BeginTool(in ContentPart block, ReadOnlySpan<byte> data)
    {
        _hasWholeInput = block.HasInput;
        _hasArguments = false;
        Begin();
        _output.Write("\"tool_calls\":[{\"index\":"u8);
        _output.WriteNumber(_toolCalls++);
        _output.Write(",\"id\":"u8);
        _output.Write(Slice(data, block.Id));
        _output.Write(",\"type\":\"function\",\"function\":{\"name\":"u8);
        _output.Write(Slice(data, block.Name));
        _output.Write(",\"arguments\":\"\"}}]"u8);
        End();
        if (_hasWholeInput)
        {
            BeginArguments();
            _output.WriteAsString(Slice(data, block.Input));
            EndArguments();
        }
    }

    private void BeginArguments()
    {
        _hasArguments = true;
        Begin();
        _output.Write("\"tool_calls\":[{\"index\":"u8);
        _output.WriteNumber(_toolCalls - 1);
        _output.Write(",\"function\":{\"arguments\":"u8);
    }

    private void EndArguments()
    {
        _output.Write("}}]"u8);
        End();
    }

    private void Begin()
    {
        _output.Write(_head);
        _output.Write("{\"index\":0,\"delta\":{"u8);
    }

    private void End() => EndChunk("},\"finish_reason\":null}]"u8);

    private void EndChunk(ReadOnlySpan<byte> end)
    {
        _output.Write(end);
        _output.Write(_includeUsage ? ",\"usage\":null}"u8 : "}"u8);
        Queue.EndChunk();
    }
}

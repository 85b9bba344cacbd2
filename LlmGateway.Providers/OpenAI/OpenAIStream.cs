using System.Runtime.InteropServices;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Resilience;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.OpenAI;

/// <summary>
/// A stream in OpenAI's own dialect: chunks pass as they came. The tap decides whether what ended was an answer: every choice must
/// have told its finish reason, then a missing <c>[DONE]</c> is forgiven; without one the stream was cut, whatever it ended with.
/// </summary>
internal sealed class OpenAIStream : UpstreamStream
{
    private readonly StreamInspector _inspector = new();
    private readonly SseReader _events;
    private readonly bool _hideUsage;
    private readonly ErrorWords _words;

    /// <param name="client">Whose answer it is.</param>
    /// <param name="response">Owned by the stream.</param>
    /// <param name="deadline">Owned by the stream.</param>
    /// <param name="hideUsage">The gateway asked for the usage chunk, the client did not: keep it back.</param>
    /// <param name="words">What error events say.</param>
    public OpenAIStream(UpstreamClient client, HttpResponseMessage response, CallDeadline deadline, bool hideUsage, ErrorWords words)
        : base(client, response, deadline)
    {
        _events = new SseReader(Received);
        _hideUsage = hideUsage;
        _words = words;
    }

    public override TokenUsage? Usage => _inspector.Usage;

    public override string? FinishReason => _inspector.FinishReason;

    protected override ChunkResult ReadChunk(out ReadOnlyMemory<byte> chunk, out GatewayError? error)
    {
        error = null;
        while (_events.TryRead(out chunk))
        {
            if (chunk.Span.SequenceEqual("[DONE]"u8))
            {
                error = _inspector.IsWhole ? null : UpstreamFailure.Interrupted(Provider);
                return error is null ? ChunkResult.End : ChunkResult.Failed;
            }

            switch (_inspector.Inspect(chunk.Span))
            {
                case ChunkKind.Usage when _hideUsage:
                    continue;
                case ChunkKind.Delta or ChunkKind.Usage:
                    chunk = _hideUsage ? WithoutNullUsage(chunk, _inspector.NullUsage) : chunk;
                    return ChunkResult.Chunk;
                case ChunkKind.Error:
                    error = UpstreamErrorReader.ReadInline(Provider, chunk, _words);
                    return ChunkResult.Failed;
                default:
                    error = UpstreamFailure.Invalid(Provider, "a malformed chunk");
                    return ChunkResult.Failed;
            }
        }

        return ChunkResult.None;
    }

    protected override GatewayError? AtEnd() =>
        _inspector.IsWhole && IsDone(Received.WrittenSpan) ? null : UpstreamFailure.Interrupted(Provider);

    protected override ValueTask ReleaseAsync()
    {
        _events.Dispose();
        return base.ReleaseAsync();
    }

    /// <summary>
    /// Takes out the <c>"usage":null</c> that is there only because the gateway asked. In place: the chunk lies in this stream's own
    /// buffer, and what follows the member is short.
    /// </summary>
    private static ReadOnlyMemory<byte> WithoutNullUsage(ReadOnlyMemory<byte> chunk, ByteRange member)
    {
        if (member.IsEmpty || chunk.Span[member.Start] != (byte)',')
        {
            return chunk;
        }

        var bytes = MemoryMarshal.AsMemory(chunk).Span;
        bytes[member.End..].CopyTo(bytes[member.Start..]);
        return chunk[..^member.Length];
    }

    /// <summary>Nothing but a terminator may be left over; half an event means that bytes are missing.</summary>
    private static bool IsDone(ReadOnlySpan<byte> rest)
    {
        var text = rest.Trim("\r\n "u8);
        return text.IsEmpty || text.SequenceEqual("data: [DONE]"u8) || text.SequenceEqual("data:[DONE]"u8);
    }
}

using System.Runtime.InteropServices;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Resilience;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.OpenAI;

/// <summary>
/// A stream in OpenAI's own dialect: chunks pass as they came. The tap decides whether what ended was an answer: every choice must
/// have told its finish reason, then a missing <c>[DONE]</c> is forgiven; without one the stream was cut, whatever it ended with. Token
/// counts come to the client as OpenAI has them, wherever the server tells them: in one chunk of their own at the end, or not at all.
/// </summary>
internal sealed class OpenAIStream : UpstreamStream
{
    private readonly StreamInspector _inspector;
    private readonly SseReader _events;
    private readonly UsageChunk _usage = new();
    private readonly bool _hideUsage;
    private readonly ErrorWords _words;
    private bool _isDone;

    /// <param name="client">Whose answer it is.</param>
    /// <param name="response">Owned by the stream.</param>
    /// <param name="deadline">Owned by the stream.</param>
    /// <param name="view">What was asked. When it does not ask for the token counts, the gateway did, and they are kept back.</param>
    /// <param name="words">What error events say.</param>
    public OpenAIStream(UpstreamClient client, HttpResponseMessage response, CallDeadline deadline, RequestView view, ErrorWords words)
        : base(client, response, deadline)
    {
        _inspector = new StreamInspector(view.Operation, view.ChoiceCount);
        _events = new SseReader(Received);
        _hideUsage = !view.IncludeUsage;
        _words = words;
    }

    public override TokenUsage? Usage => _inspector.Usage;

    public override string? FinishReason => _inspector.FinishReason;

    protected override ReadOnlyMemory<byte> LastChunk => _usage.Chunk;

    protected override bool LacksOnlyItsEnd =>
        _inspector.Usage is not null && _inspector.IsWholeWithoutMarker && IsDone(Received.WrittenSpan);

    protected override ChunkResult ReadChunk(out ReadOnlyMemory<byte> chunk, out GatewayError? error)
    {
        error = null;
        while (!_isDone && _events.TryRead(out chunk))
        {
            if (chunk.Span.SequenceEqual("[DONE]"u8))
            {
                if (!_inspector.IsWhole)
                {
                    error = UpstreamFailure.Interrupted(Provider);
                    return ChunkResult.Failed;
                }

                _isDone = true;
                break;
            }

            switch (_inspector.Inspect(chunk.Span))
            {
                case ChunkKind.Usage:
                    Hold(chunk);
                    continue;
                case ChunkKind.Delta:
                    chunk = _inspector.UsageMember.IsEmpty ? chunk : WithoutUsage(chunk);
                    return ChunkResult.Chunk;
                case ChunkKind.Error:
                    error = UpstreamErrorReader.ReadInline(Provider, chunk, _words);
                    return ChunkResult.Failed;
                default:
                    error = UpstreamFailure.Invalid(Provider, "a malformed chunk");
                    return ChunkResult.Failed;
            }
        }

        chunk = default;
        return !_isDone ? ChunkResult.None : _usage.TryTake(out chunk) ? ChunkResult.Chunk : ChunkResult.End;
    }

    protected override GatewayError? AtEnd() =>
        _inspector.IsWholeWithoutMarker && IsDone(Received.WrittenSpan) ? null : UpstreamFailure.Interrupted(Provider);

    protected override ValueTask ReleaseAsync()
    {
        _events.Dispose();
        _usage.Dispose();
        return base.ReleaseAsync();
    }

    private void Hold(ReadOnlyMemory<byte> chunk)
    {
        if (!_hideUsage)
        {
            _usage.Hold(chunk.Span, _inspector.ChoicesValue);
        }
    }

    /// <summary>
    /// The chunk without the counts, which belong into a chunk of their own, or without the <c>"usage":null</c> that is there only because the
    /// gateway asked. In place: the chunk lies in this stream's own buffer, and what follows the member is short.
    /// </summary>
    private ReadOnlyMemory<byte> WithoutUsage(ReadOnlyMemory<byte> chunk)
    {
        var member = _inspector.UsageMember;
        if (!_hideUsage && !_inspector.HasUsage)
        {
            return chunk;
        }

        Hold(chunk);
        var bytes = MemoryMarshal.AsMemory(chunk).Span;
        if (!_hideUsage)
        {
            // As in all chunks but the last of a stream whose usage was asked for; what counts anything is longer.
            var value = bytes[member.Start..member.End].IndexOf((byte)':') + member.Start + 1;
            "null"u8.CopyTo(bytes[value..]);
            bytes[member.End..].CopyTo(bytes[(value + 4)..]);
            return chunk[..^(member.End - value - 4)];
        }

        // The comma before the member goes with it, or the one after the first of all.
        var end = member.End;
        if (bytes[member.Start] != (byte)',' && bytes[end..].IndexOfAnyExcept(" \t\r\n"u8) is >= 0 and var next && bytes[end + next] == (byte)',')
        {
            end += next + 1;
        }

        bytes[end..].CopyTo(bytes[member.Start..]);
        return chunk[..^(end - member.Start)];
    }

    /// <summary>Nothing but a terminator may be left over; half an event means that bytes are missing.</summary>
    private static bool IsDone(ReadOnlySpan<byte> rest)
    {
        var text = rest.Trim("\r\n "u8);
        return text.IsEmpty || text.SequenceEqual("data: [DONE]"u8) || text.SequenceEqual("data:[DONE]"u8);
    }
}

using LlmGateway.Core.Errors;
using LlmGateway.Core.Resilience;
using LlmGateway.Providers.Http;

namespace LlmGateway.Providers.Translation;

/// <summary>
/// A stream in a dialect of its own: frames, each of which becomes any number of OpenAI chunks. A dialect says how frames are cut out of
/// the bytes (<see cref="TryReadFrame"/>) and what one means (<see cref="ReadFrame"/>). Only <see cref="IsDone"/> makes it whole:
/// whatever ends before that was cut.
/// </summary>
internal abstract class TranslatedStream(UpstreamClient client, HttpResponseMessage response, CallDeadline deadline)
    : UpstreamStream(client, response, deadline)
{
    /// <summary>The last frame of a whole answer has come.</summary>
    protected bool IsDone { get; set; }

    /// <summary>Where frames put their chunks. Owned by the stream.</summary>
    protected abstract ChunkQueue Chunks { get; }

    protected sealed override ChunkResult ReadChunk(out ReadOnlyMemory<byte> chunk, out GatewayError? error)
    {
        error = null;
        while (!Chunks.TryTake(out chunk))
        {
            if (IsDone)
            {
                return ChunkResult.End;
            }

            Chunks.Clear();
            if (!TryReadFrame(out var frame))
            {
                return ChunkResult.None;
            }

            error = ReadFrame(frame);
            if (error is not null)
            {
                return ChunkResult.Failed;
            }
        }

        return ChunkResult.Chunk;
    }

    protected sealed override GatewayError? AtEnd() => UpstreamFailure.Interrupted(Provider);

    protected override ValueTask ReleaseAsync()
    {
        Chunks.Dispose();
        return base.ReleaseAsync();
    }

    /// <summary>Cuts the next frame out of what has been received; false when more bytes are needed.</summary>
    protected abstract bool TryReadFrame(out ReadOnlyMemory<byte> frame);

    /// <summary>Turns a frame into chunks; the error when it tells one, or is none that can stand here.</summary>
    protected abstract GatewayError? ReadFrame(ReadOnlyMemory<byte> frame);
}

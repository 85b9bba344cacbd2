using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Core.Pipeline;

/// <summary>For whoever needs an answer whole that came in pieces because of its size.</summary>
public static class AnswerHolder
{
    /// <summary>Takes the pieces of a large answer together; an error when it broke off or grows beyond all bounds.</summary>
    public static ValueTask<GatewayError?> HoldAsync(GatewayRequest request, StreamAnswer document, PooledBuffer held, int maxBytes) =>
        HoldAsync(document, held, maxBytes, () => TooLarge(request, maxBytes));

    /// <inheritdoc cref="HoldAsync(GatewayRequest, StreamAnswer, PooledBuffer, int)"/>
    public static async ValueTask<GatewayError?> HoldAsync(StreamAnswer document, PooledBuffer held, int maxBytes, Func<GatewayError> tooLarge)
    {
        do
        {
            while (document.TryRead(out var piece))
            {
                if (held.Length + piece.Length > maxBytes)
                {
                    return tooLarge();
                }

                piece.Span.CopyTo(held.GetSpan(piece.Length));
                held.Advance(piece.Length);
            }
        }
        while (await document.WaitAsync() == StreamState.Ready);

        return document.Error;
    }

    /// <summary>What is said of an answer beyond all bounds.</summary>
    public static GatewayError TooLarge(GatewayRequest request, int maxBytes) => new(
        GatewayErrorCode.UpstreamInvalidResponse, $"Provider '{request.Provider}' sent an answer of more than {maxBytes / 1024 / 1024} MiB.");
}

using LlmGateway.Core.Pipeline;

namespace LlmGateway.Providers.Http;

internal static class FirstChunk
{
    /// <summary>
    /// Waits until the stream has its first chunk, so that everything that goes wrong before it is still a plain error with a status.
    /// </summary>
    public static async ValueTask<GatewayAnswer> AwaitAsync(StreamAnswer stream, string provider)
    {
        var state = await stream.WaitAsync();
        if (state == StreamState.Ready)
        {
            return stream;
        }

        var error = stream.Error ?? UpstreamFailure.Invalid(provider, "an empty stream");
        await stream.DisposeAsync();
        return new ErrorAnswer(error);
    }
}

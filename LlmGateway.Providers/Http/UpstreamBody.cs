using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using LlmGateway.Core.Resilience;

namespace LlmGateway.Providers.Http;

/// <summary>Reads whole answer documents into pooled memory.</summary>
internal static class UpstreamBody
{
    /// <summary>The largest answer document that is accepted, in bytes.</summary>
    private const int MaxAnswerBytes = 256 * 1024 * 1024;

    private const int ReadSize = 16 * 1024;

    private const int LargestRead = 256 * 1024;

    /// <summary>Reads to the end. Exactly one of the two results is set; the caller disposes the buffer.</summary>
    public static async ValueTask<(PooledBuffer? Body, GatewayError? Error)> ReadAsync(
        UpstreamClient client, HttpResponseMessage response, CallDeadline deadline)
    {
        var (body, isComplete, error) = await ReadHeadAsync(client, response, deadline, MaxAnswerBytes);
        if (body is null || isComplete)
        {
            return (body, error);
        }

        body.Dispose();
        return (null, UpstreamFailure.Invalid(client.Provider, $"an answer of more than {MaxAnswerBytes / 1024 / 1024} MiB"));
    }

    /// <summary>Reads to the end, or until there are more than <paramref name="most"/> bytes. The response stays open.</summary>
    public static async ValueTask<(PooledBuffer? Body, bool IsComplete, GatewayError? Error)> ReadHeadAsync(
        UpstreamClient client, HttpResponseMessage response, CallDeadline deadline, int most)
    {
        var buffer = new PooledBuffer();
        try
        {
            var announced = response.Content.Headers.ContentLength ?? 0;
            var stream = await response.Content.ReadAsStreamAsync(deadline.Token);
            while (true)
            {
                // One byte more than announced, so that the read that finds the end needs no growth.
                var wanted = announced > buffer.Length ? (int)Math.Min(announced - buffer.Length + 1, MaxAnswerBytes) : ReadSize;
                var memory = buffer.GetMemory(Math.Min(wanted, LargestRead));
                deadline.StartIdle();
                var read = await stream.ReadAsync(memory, deadline.Token);
                deadline.StopWaiting();
                if (read == 0)
                {
                    return (buffer, true, null);
                }

                buffer.Advance(read);
                if (buffer.Length > most)
                {
                    return (buffer, false, null);
                }
            }
        }
        catch (Exception e) when (UpstreamFailure.IsExpected(e))
        {
            buffer.Dispose();
            return (null, false, UpstreamFailure.ToError(e, client.Provider, deadline));
        }
    }

    /// <summary>The media type of the answer is one of JSON.</summary>
    public static bool IsJson(HttpResponseMessage response) =>
        response.Content.Headers.ContentType?.MediaType is { } type
        && (type.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase));
}

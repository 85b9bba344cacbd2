using System.Text.Json;
using LlmGateway.Core.Protocol;

namespace LlmGateway.Api.Inference;

/// <summary>Writes bodies of answers.</summary>
internal static class ResponseBody
{
    private const int Slice = 64 * 1024;

    /// <summary>In slices, so that a large answer to a slow client waits here and not a second time in the server's buffers.</summary>
    /// <returns>Whether all of it was taken.</returns>
    public static async ValueTask<bool> WriteAsync(HttpResponse response, ReadOnlyMemory<byte> body)
    {
        while (true)
        {
            var slice = body.Length <= Slice ? body : body[..Slice];
            var written = await response.BodyWriter.WriteAsync(slice);
            body = body[slice.Length..];
            if (body.IsEmpty || written.IsCompleted || written.IsCanceled)
            {
                return body.IsEmpty;
            }
        }
    }

    /// <summary>A whole JSON document as the answer.</summary>
    public static ValueTask SendJsonAsync(HttpContext context, PooledBuffer body) => SendJsonAsync(context, body.Written);

    /// <inheritdoc cref="SendJsonAsync(HttpContext, PooledBuffer)"/>
    public static async ValueTask SendJsonAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await WriteAsync(context.Response, body);
    }

    /// <summary>A JSON document that describes this moment, and so is never kept.</summary>
    public static async Task SendStateAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        using var body = new PooledBuffer();
        using (var json = new Utf8JsonWriter(body))
        {
            write(json);
        }

        context.Response.Headers.CacheControl = "no-store";
        await SendJsonAsync(context, body);
    }
}

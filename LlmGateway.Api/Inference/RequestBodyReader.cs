using System.Buffers;
using System.IO.Pipelines;
using LlmGateway.Api.Hosting;
using LlmGateway.Core.Errors;
using LlmGateway.Core.Protocol;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace LlmGateway.Api.Inference;

/// <summary>
/// Reads request bodies into pooled memory that grows with what has arrived, never with what was announced. All bodies together
/// are bounded, those of one key by half of that, and so is the time a client may take.
/// </summary>
internal sealed class RequestBodyReader(IOptions<ServerOptions> options, TimeProvider time)
{
    private static readonly TimeSpan RetryWhenFull = TimeSpan.FromSeconds(1);
    private readonly ServerOptions _options = options.Value;
    private readonly HeldBytes _held = new(options.Value.MaxBufferedRequestBytes);

    private static ReadOnlySpan<byte> Bom => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads the whole body. Null when <paramref name="body"/> holds it; the caller releases it in either case.</summary>
    public async ValueTask<GatewayError?> ReadAsync(HttpRequest request, PooledBuffer body)
    {
        if (CheckHead(request) is { } error)
        {
            return error;
        }

        // Most bodies have arrived with their head.
        if (request.BodyReader.TryRead(out var first))
        {
            var taken = Take(request, first.Buffer, body);
            if (taken is not null || first.IsCompleted)
            {
                return taken;
            }
        }

        return await ReadSlowlyAsync(request, body);
    }

    /// <summary>The document in a body, without the byte order mark that some clients send.</summary>
    public static ReadOnlyMemory<byte> Json(PooledBuffer body) => body.WrittenSpan.StartsWith(Bom) ? body.Written[Bom.Length..] : body.Written;

    /// <summary>Counts what a body was translated into in place of it, and gives the body's memory back.</summary>
    public void Replace(HttpContext context, PooledBuffer body, PooledBuffer translated)
    {
        // It is about as large, and the body has been let in.
        _held.Add(context, translated.Length);
        Release(context, body);
    }

    /// <summary>Gives the memory of a body back.</summary>
    public void Release(HttpContext context, PooledBuffer body)
    {
        _held.GiveBack(context, body.Length);
        body.Dispose();
    }

    private async ValueTask<GatewayError?> ReadSlowlyAsync(HttpRequest request, PooledBuffer body)
    {
        using var bound = new CancellationTokenSource(_options.RequestBodyTimeout, time);
        using var cancel = bound.Token.UnsafeRegister(static reader => ((PipeReader)reader!).CancelPendingRead(), request.BodyReader);
        while (true)
        {
            var result = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
            if (result.IsCanceled)
            {
                request.BodyReader.AdvanceTo(result.Buffer.End);
                return new GatewayError(
                    GatewayErrorCode.RequestTimeout, FormattableString.Invariant($"The request body did not arrive within {_options.RequestBodyTimeout.TotalSeconds:0.###} s."));
            }

            if (Take(request, result.Buffer, body) is { } error)
            {
                return error;
            }

            if (result.IsCompleted)
            {
                return null;
            }
        }
    }

    private GatewayError? Take(HttpRequest request, ReadOnlySequence<byte> received, PooledBuffer body)
    {
        var error = Copy(request.HttpContext, received, body);
        request.BodyReader.AdvanceTo(received.End);
        return error;
    }

    private GatewayError? Copy(HttpContext context, ReadOnlySequence<byte> received, PooledBuffer body)
    {
        if (body.Length + received.Length > _options.MaxRequestBodyBytes)
        {
            return TooLarge();
        }

        if (!_held.TryTake(context, received.Length))
        {
            return new GatewayError(GatewayErrorCode.Overloaded, "The gateway holds too many request bodies at the moment.") { RetryAfter = RetryWhenFull };
        }

        foreach (var segment in received)
        {
            body.Write(segment.Span);
        }

        return null;
    }

    private GatewayError? CheckHead(HttpRequest request)
    {
        if (!IsJson(request.ContentType))
        {
            return new GatewayError(
                GatewayErrorCode.UnsupportedMediaType,
                $"The content type is '{Shorten(request.ContentType)}'; send the header 'Content-Type: application/json'.");
        }

        var encoding = request.Headers.ContentEncoding;
        if (encoding.Count > 0 && !string.Equals(encoding.ToString(), "identity", StringComparison.OrdinalIgnoreCase))
        {
            return new GatewayError(GatewayErrorCode.UnsupportedMediaType, "Compressed request bodies are not supported.") { Detail = "unsupported_content_encoding" };
        }

        return request.ContentLength > _options.MaxRequestBodyBytes ? TooLarge() : null;
    }

    private static bool IsJson(string? contentType)
    {
        if (string.Equals(contentType, "application/json", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        return MediaTypeHeaderValue.TryParse(contentType, out var type)
            && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
            && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase));
    }

    private static string Shorten(string? text) => text is null ? "" : text.Length > 100 ? text[..100] : text;

    private GatewayError TooLarge() => new(
        GatewayErrorCode.RequestTooLarge, $"The request body is larger than {_options.MaxRequestBodyBytes} bytes.");
}

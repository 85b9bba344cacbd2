using LlmGateway.Core.Errors;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace LlmGateway.Api.Files;

/// <summary>
/// A <c>multipart/form-data</c> body (RFC 7578) as it arrives. Each wait for the client is bounded, and every mistake in the body's form is
/// an <see cref="UploadException"/>; what the connection does wrong stays what it is, for the edge to answer.
/// </summary>
internal sealed class UploadBody : IDisposable
{
    private const int BufferSize = 16 * 1024;
    private const int LongestBoundary = 70;
    private const int LongestField = 1024;

    private readonly MultipartReader _reader;
    private readonly CancellationTokenSource _bound;
    private readonly TimeSpan _idle;
    private readonly CancellationToken _aborted;

    private UploadBody(HttpContext context, string boundary, TimeSpan idle, TimeProvider time)
    {
        _idle = idle;
        _aborted = context.RequestAborted;
        // Reads the body's stream, which reads the request's pipe; closed by the server.
        _reader = new MultipartReader(boundary, context.Request.Body, BufferSize) { HeadersCountLimit = 16, HeadersLengthLimit = 4096 };
        _bound = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _stop = _aborted.UnsafeRegister(static bound => ((CancellationTokenSource)bound!).Cancel(), _bound);
    }

    private readonly CancellationTokenRegistration _stop;

    /// <exception cref="UploadException">The head says that it is none.</exception>
    public static UploadBody Open(HttpContext context, TimeSpan idle, TimeProvider time)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            throw new UploadException(new GatewayError(GatewayErrorCode.UnsupportedMediaType, "Send the file as a form: 'Content-Type: multipart/form-data'."));
        }

        var encoding = context.Request.Headers.ContentEncoding;
        if (encoding.Count > 0 && !string.Equals(encoding.ToString(), "identity", StringComparison.OrdinalIgnoreCase))
        {
            throw new UploadException(new GatewayError(
                GatewayErrorCode.UnsupportedMediaType, "Compressed request bodies are not supported.") { Detail = "unsupported_content_encoding" });
        }

        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        return boundary.Length is > 0 and <= LongestBoundary
            ? new UploadBody(context, boundary, idle, time)
            : throw Malformed("the Content-Type needs a boundary of 1 to 70 characters");
    }

    /// <summary>The next part; null behind the last.</summary>
    public async ValueTask<(string Name, string? Filename, Stream Content)?> NextAsync()
    {
        if (await BoundedAsync(static (body, token) => body._reader.ReadNextSectionAsync(token)) is not { } section)
        {
            return null;
        }

        if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)
            || !disposition.DispositionType.Equals("form-data", StringComparison.OrdinalIgnoreCase))
        {
            throw Malformed("a part has no 'Content-Disposition: form-data' header");
        }

        // A name outside ASCII comes as it is, in UTF-8, or once more in the form of RFC 5987.
        var given = disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName;
        return (Plain(disposition.Name) ?? "", Plain(given), section.Body);
    }

    /// <summary>What has come of a part's content; 0 at its end.</summary>
    public Task<int> ReadAsync(Stream content, Memory<byte> buffer) => BoundedAsync((_, token) => content.ReadAsync(buffer, token).AsTask());

    /// <summary>The value of a field.</summary>
    public async ValueTask<string> ReadFieldAsync(string name, Stream content)
    {
        var buffer = new byte[LongestField + 1];
        var length = 0;
        while (length < buffer.Length && await ReadAsync(content, buffer.AsMemory(length)) is > 0 and var read)
        {
            length += read;
        }

        return length <= LongestField
            ? System.Text.Encoding.UTF8.GetString(buffer, 0, length)
            : throw new UploadException(GatewayError.Invalid(name, "invalid_value", $"Invalid value for '{name}': it is longer than {LongestField} bytes."));
    }

    public void Dispose()
    {
        _stop.Dispose();
        _bound.Dispose();
    }

    private async Task<T> BoundedAsync<T>(Func<UploadBody, CancellationToken, Task<T>> read)
    {
        _bound.CancelAfter(_idle);
        try
        {
            return await read(this, _bound.Token);
        }
        catch (OperationCanceledException) when (!_aborted.IsCancellationRequested)
        {
            throw new UploadException(new GatewayError(
                GatewayErrorCode.RequestTimeout, FormattableString.Invariant($"Nothing of the file arrived for {_idle.TotalSeconds:0.###} s.")));
        }
        catch (InvalidDataException)
        {
            throw Malformed("the head of a part is too long or cannot be read");
        }
        catch (IOException e) when (e is not (BadHttpRequestException or ConnectionResetException) && !_aborted.IsCancellationRequested)
        {
            throw Malformed("the body ends before the last boundary");
        }
        finally
        {
            if (!_bound.IsCancellationRequested)
            {
                _bound.CancelAfter(Timeout.InfiniteTimeSpan);
            }
        }
    }

    private static string? Plain(Microsoft.Extensions.Primitives.StringSegment value) => value.HasValue ? HeaderUtilities.UnescapeAsQuotedString(value).ToString() : null;

    private static UploadException Malformed(string fault) => new(
        new GatewayError(GatewayErrorCode.InvalidRequest, $"The form cannot be read: {fault}.") { Detail = "malformed_request" });
}

/// <summary>An upload that is refused, out of the midst of reading it.</summary>
internal sealed class UploadException(GatewayError error) : Exception(error.Message)
{
    public GatewayError Error { get; } = error;
}

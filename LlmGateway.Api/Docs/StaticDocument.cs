using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace LlmGateway.Api.Docs;

/// <summary>A document that stays the same while the process runs. Caches may keep it but must ask whether it is still current.</summary>
internal sealed class StaticDocument
{
    private const int TagBytes = 16;

    private readonly byte[] _body;
    private readonly string _contentType;
    private readonly EntityTagHeaderValue _tag;
    private readonly KeyValuePair<string, string>[] _headers;

    public StaticDocument(string text, string contentType, params KeyValuePair<string, string>[] headers)
    {
        _body = Encoding.UTF8.GetBytes(text);
        _contentType = contentType;
        _tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(_body).AsSpan(0, TagBytes))}\"");
        _headers = headers;
    }

    /// <summary>Answers GET and HEAD.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.Headers.ETag = _tag.ToString();
        response.Headers.CacheControl = "no-cache";
        response.Headers.XContentTypeOptions = "nosniff";
        foreach (var (name, value) in _headers)
        {
            response.Headers[name] = value;
        }

        if (IsCurrent(context.Request))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = _contentType;
        response.ContentLength = _body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.BodyWriter.WriteAsync(_body, context.RequestAborted);
        }
    }

    private bool IsCurrent(HttpRequest request) => request.GetTypedHeaders().IfNoneMatch
        .Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(_tag, useStrongComparison: false));
}

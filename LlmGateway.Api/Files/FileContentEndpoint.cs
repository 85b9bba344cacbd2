using LlmGateway.Api.Inference;
using LlmGateway.Core.Errors;
using LlmGateway.Data.Files;
using LlmGateway.Data.Jobs;
using Microsoft.Net.Http.Headers;

namespace LlmGateway.Api.Files;

/// <summary><c>GET /v1/files/{id}/content</c>: the file as it was sent, piece by piece.</summary>
internal sealed partial class FileContentEndpoint(FileAccess files, ILogger<FileContentEndpoint> logger)
{
    public Task HandleAsync(HttpContext context) => files.RunAsync(context, SendAsync);

    private async ValueTask<GatewayError?> SendAsync(HttpContext context, IFileStore store)
    {
        if (FileAccess.IdOf(context) is not { } id || await store.FindAsync(id, FileAccess.CallerOf(context).KeyId, context.RequestAborted) is not { } file)
        {
            return FileAccess.NotFound;
        }

        // Before anything is sent: a store that is away now can still be told.
        var piece = await store.ReadAsync(id, 0, context.RequestAborted);
        if (piece is null && file.Bytes > 0)
        {
            return FileAccess.NotFound;
        }

        WriteHead(context.Response, file);
        var left = file.Bytes;
        for (var ordinal = 1; piece is not null && piece.Length <= left; ordinal++)
        {
            if (!await ResponseBody.WriteAsync(context.Response, piece))
            {
                // The client has left.
                return null;
            }

            left -= piece.Length;
            piece = left > 0 ? await NextAsync(store, id, ordinal, context.RequestAborted) : null;
        }

        if (left > 0)
        {
            // Deleted meanwhile, or the store is away: what has been sent must not pass for the whole.
            LogBroken(id, left);
            context.Abort();
        }

        return null;
    }

    private static async ValueTask<byte[]?> NextAsync(IFileStore store, string id, int ordinal, CancellationToken cancellationToken)
    {
        try
        {
            return await store.ReadAsync(id, ordinal, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private static void WriteHead(HttpResponse response, StoredFile file)
    {
        var disposition = new ContentDispositionHeaderValue("attachment");
        // Both forms, each encoded so that nothing in the name can end it.
        disposition.SetHttpFileName(file.Filename);
        response.ContentType = "application/octet-stream";
        response.ContentLength = file.Bytes;
        response.Headers.ContentDisposition = disposition.ToString();
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-store";
    }

    [LoggerMessage(LogLevel.Warning, "File {FileId} could not be sent to its end, {Left} bytes are missing; the connection was closed")]
    private partial void LogBroken(string fileId, long left);
}

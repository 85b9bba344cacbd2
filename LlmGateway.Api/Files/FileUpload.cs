using System.Buffers;
using LlmGateway.Core.Errors;
using LlmGateway.Data.Files;
using LlmGateway.Data.Jobs;
using Microsoft.Extensions.Options;

namespace LlmGateway.Api.Files;

/// <summary>
/// Takes an upload in. The content goes to the store in pieces while it arrives, one of them in memory at a time; what is not whole in the
/// end is deleted, and was never to be seen.
/// </summary>
internal sealed partial class FileUpload(IOptions<FilesOptions> options, TimeProvider time, ILogger<FileUpload> logger)
{
    private const int PieceSize = 256 * 1024;

    /// <summary>What a form holds beside the file, for judging an upload by its announced length.</summary>
    private const int FormSize = 64 * 1024;

    /// <summary>After so many pieces the room is looked at again, as others of the same key upload too.</summary>
    private const int PiecesPerLook = 8;

    private static readonly TimeSpan CleanUpBound = TimeSpan.FromSeconds(15);

    private readonly FilesOptions _options = options.Value;

    public async ValueTask<(StoredFile? File, GatewayError? Error)> ReceiveAsync(HttpContext context, IFileStore store)
    {
        if (context.Request.ContentLength > _options.MaxFileBytes + FormSize)
        {
            return (null, TooLarge());
        }

        var id = "file-" + Guid.CreateVersion7().ToString("N");
        var begun = false;
        StoredFile? file = null;
        try
        {
            file = await ReceiveAsync(context, store, id, () => begun = true);
            return (file, null);
        }
        catch (UploadException refused)
        {
            return (null, refused.Error);
        }
        catch (FileSpaceException full)
        {
            return (null, new GatewayError(GatewayErrorCode.RequestTooLarge, full.Message));
        }
        catch (FileLostException)
        {
            // Nobody knows the id yet: the clean-up took the upload for abandoned.
            return (null, new GatewayError(GatewayErrorCode.RequestTimeout, "The upload took too long and was given up."));
        }
        finally
        {
            if (begun && file is null)
            {
                await GiveUpAsync(store, id);
            }
        }
    }

    private async Task<StoredFile> ReceiveAsync(HttpContext context, IFileStore store, string id, Action begin)
    {
        using var body = UploadBody.Open(context, _options.UploadIdleTimeout, time);
        var caller = FileAccess.CallerOf(context);
        var form = new UploadForm();
        var createdAt = time.GetUtcNow();
        var bytes = 0L;
        while (await body.NextAsync() is var (name, filename, content))
        {
            Refuse(form.Check(name));
            if (name != UploadForm.File)
            {
                Refuse(form.Add(name, await body.ReadFieldAsync(name, content)));
                continue;
            }

            Refuse(UploadForm.CheckFilename(filename ?? ""));
            begin();
            var file = new StoredFile { Id = id, ApiKeyId = caller.KeyId, Owner = caller.Owner, Filename = filename!, Purpose = "", CreatedAt = createdAt };
            await store.BeginAsync(file, context.RequestAborted);
            bytes = await StoreAsync(body, content, store, file, context.RequestAborted);
            Refuse(form.Add(name, filename!));
        }

        Refuse(form.Finish(createdAt, _options.DefaultExpiry, out var purpose, out var expiresAt));
        if (bytes == 0)
        {
            throw new UploadException(GatewayError.Invalid(UploadForm.File, "invalid_value", "Invalid value for 'file': the file is empty."));
        }

        // Once more, because others may have come in meanwhile. This file is among those that are counted.
        if (await store.TotalBytesAsync(caller.KeyId, context.RequestAborted) > _options.MaxTotalBytesPerKey)
        {
            throw NoRoom();
        }

        await store.DescribeAsync(id, purpose, expiresAt, context.RequestAborted);
        return await store.CompleteAsync(id, bytes, context.RequestAborted);
    }

    /// <returns>The length of the content.</returns>
    private async Task<long> StoreAsync(UploadBody body, Stream content, IFileStore store, StoredFile file, CancellationToken cancellationToken)
    {
        var piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            var (total, room) = (0L, 0L);
            for (var ordinal = 0; ; ordinal++)
            {
                if (ordinal % PiecesPerLook == 0)
                {
                    // What has come of this file is counted, and may stay.
                    room = _options.MaxTotalBytesPerKey - await store.TotalBytesAsync(file.ApiKeyId, cancellationToken) + total;
                }

                var filled = 0;
                while (filled < PieceSize && await body.ReadAsync(content, piece.AsMemory(filled, PieceSize - filled)) is > 0 and var read)
                {
                    filled += read;
                    total += read;
                    if (total > _options.MaxFileBytes)
                    {
                        throw new UploadException(TooLarge());
                    }

                    if (total > room)
                    {
                        throw NoRoom();
                    }
                }

                if (filled > 0)
                {
                    await store.AppendAsync(file.Id, ordinal, piece.AsMemory(0, filled), cancellationToken);
                }

                if (filled < PieceSize)
                {
                    return total;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>Deletes what has come. Where that fails the regular clean-up does it.</summary>
    private async Task GiveUpAsync(IFileStore store, string id)
    {
        using var bound = new CancellationTokenSource(CleanUpBound, time);
        try
        {
            await store.DeleteAsync(id, null, bound.Token);
        }
        catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException)
        {
            LogLeft(e, id);
        }
    }

    private static void Refuse(GatewayError? error)
    {
        if (error is not null)
        {
            throw new UploadException(error);
        }
    }

    private GatewayError TooLarge() => new(
        GatewayErrorCode.RequestTooLarge, $"The file is larger than {_options.MaxFileBytes} bytes (Files:MaxFileBytes).") { Param = UploadForm.File };

    private UploadException NoRoom() => new(new GatewayError(
        GatewayErrorCode.RequestTooLarge,
        $"The files of this API key would take more than {_options.MaxTotalBytesPerKey} bytes together (Files:MaxTotalBytesPerKey). Delete some first.")
    {
        Param = UploadForm.File,
    });

    [LoggerMessage(LogLevel.Warning, "What had come of file {FileId} could not be deleted at once; the regular clean-up does it")]
    private partial void LogLeft(Exception e, string fileId);
}

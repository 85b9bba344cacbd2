using LlmGateway.Api.Inference;
using LlmGateway.Core.Errors;
using LlmGateway.Data.Files;

namespace LlmGateway.Api.Files;

/// <summary>Creates, shows and deletes a file.</summary>
internal sealed class FilesEndpoint(FileAccess files, FileUpload upload)
{
    public Task CreateAsync(HttpContext context) => files.RunAsync(context, async (context, store) =>
    {
        var (file, error) = await upload.ReceiveAsync(context, store);
        return file is null ? error : await SendAsync(context, file);
    });

    public Task GetAsync(HttpContext context) => files.RunAsync(context, static async (context, store) =>
        FileAccess.IdOf(context) is { } id && await store.FindAsync(id, FileAccess.CallerOf(context).KeyId, context.RequestAborted) is { } file
            ? await SendAsync(context, file)
            : FileAccess.NotFound);

    public Task DeleteAsync(HttpContext context) => files.RunAsync(context, static async (context, store) =>
    {
        if (FileAccess.IdOf(context) is not { } id
            || await store.FindAsync(id, FileAccess.CallerOf(context).KeyId, context.RequestAborted) is null
            || !await store.DeleteAsync(id, FileAccess.CallerOf(context).KeyId, context.RequestAborted))
        {
            return FileAccess.NotFound;
        }

        await ResponseBody.SendStateAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("id"u8, id);
            json.WriteString("object"u8, "file"u8);
            json.WriteBoolean("deleted"u8, true);
            json.WriteEndObject();
        });
        return null;
    });

    private static async ValueTask<GatewayError?> SendAsync(HttpContext context, StoredFile file)
    {
        await ResponseBody.SendStateAsync(context, json => FileDocument.Write(json, file));
        return null;
    }
}

using System.Globalization;
using LlmGateway.Api.Inference;
using LlmGateway.Api.Lists;
using LlmGateway.Core.Errors;
using LlmGateway.Data.Files;
using Microsoft.Extensions.Primitives;

namespace LlmGateway.Api.Files;

/// <summary><c>GET /v1/files</c>: the caller's files, newest first.</summary>
internal sealed class FileListEndpoint(FileAccess files)
{
    private const int UsualLimit = 100;
    private const int LargestLimit = 10_000;
    private const int LongestPurpose = 100;

    public Task HandleAsync(HttpContext context) => files.RunAsync(context, ListAsync);

    private static async ValueTask<GatewayError?> ListAsync(HttpContext context, IFileStore store)
    {
        if (Read(context.Request.Query, out var limit, out var purpose, out var after) is { } invalid)
        {
            return invalid;
        }

        var key = FileAccess.CallerOf(context).KeyId;
        if (after is not null && await store.FindAsync(after, key, context.RequestAborted) is null)
        {
            // An empty page would pass for the end of the list.
            return ListPage.Invalid("after", "there is no such file");
        }

        // One more than asked for tells whether there is a next page.
        var found = await store.ListAsync(key, purpose, limit + 1, after, context.RequestAborted);
        await ListPage.SendAsync(context, found, limit, file => file.Id, (json, file) => FileDocument.Write(json, file));
        return null;
    }

    private static GatewayError? Read(IQueryCollection query, out int limit, out string? purpose, out string? after)
    {
        (purpose, after) = (null, null);
        if (ListPage.ReadLimit(query, UsualLimit, LargestLimit, out limit) is { } invalid)
        {
            return invalid;
        }

        if (query.TryGetValue("order", out var sent) && ListPage.Single(sent) != "desc")
        {
            return ListPage.Invalid("order", "only 'desc', newest first, is supported");
        }

        if (query.TryGetValue("purpose", out sent))
        {
            purpose = ListPage.Single(sent);
            if (purpose is not { Length: > 0 and <= LongestPurpose } || purpose.Any(char.IsControl))
            {
                return ListPage.Invalid("purpose", "expected the purpose of a file, such as 'batch'");
            }
        }

        if (query.TryGetValue("after", out sent))
        {
            after = ListPage.Single(sent);
            if (!FileAccess.IsPossible(after))
            {
                return ListPage.Invalid("after", "expected the id of a file");
            }
        }

        return null;
    }
}

using System.Globalization;
using LlmGateway.Api.Inference;
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
            return Invalid("after", "there is no such file");
        }

        // One more than asked for tells whether there is a next page.
        var found = await store.ListAsync(key, purpose, limit + 1, after, context.RequestAborted);
        var count = Math.Min(found.Count, limit);
        await ResponseBody.SendStateAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "list"u8);
            json.WriteStartArray("data"u8);
            for (var i = 0; i < count; i++)
            {
                FileDocument.Write(json, found[i]);
            }

            json.WriteEndArray();
            json.WriteString("first_id"u8, count > 0 ? found[0].Id : null);
            json.WriteString("last_id"u8, count > 0 ? found[count - 1].Id : null);
            json.WriteBoolean("has_more"u8, found.Count > limit);
            json.WriteEndObject();
        });
        return null;
    }

    private static GatewayError? Read(IQueryCollection query, out int limit, out string? purpose, out string? after)
    {
        (limit, purpose, after) = (UsualLimit, null, null);
        if (query.TryGetValue("limit", out var sent)
            && (!int.TryParse(Single(sent), NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > LargestLimit))
        {
            return Invalid("limit", "expected a whole number from 1 to 10000");
        }

        if (query.TryGetValue("order", out sent) && Single(sent) != "desc")
        {
            return Invalid("order", "only 'desc', newest first, is supported");
        }

        if (query.TryGetValue("purpose", out sent))
        {
            purpose = Single(sent);
            if (purpose is not { Length: > 0 and <= LongestPurpose } || purpose.Any(char.IsControl))
            {
                return Invalid("purpose", "expected the purpose of a file, such as 'batch'");
            }
        }

        if (query.TryGetValue("after", out sent))
        {
            after = Single(sent);
            if (!FileAccess.IsPossible(after))
            {
                return Invalid("after", "expected the id of a file");
            }
        }

        return null;
    }

    private static string? Single(StringValues values) => values.Count == 1 ? values[0] : null;

    private static GatewayError Invalid(string name, string expected) =>
        GatewayError.Invalid(name, "invalid_value", $"Invalid value for '{name}': {expected}.");
}

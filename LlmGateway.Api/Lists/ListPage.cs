using System.Globalization;
using System.Text.Json;
using LlmGateway.Api.Inference;
using LlmGateway.Core.Errors;
using Microsoft.Extensions.Primitives;

namespace LlmGateway.Api.Lists;

/// <summary>A page of a list, as OpenAI's lists are: <c>limit</c> and <c>after</c> in the query, <c>has_more</c> in the answer.</summary>
internal static class ListPage
{
    /// <summary>Reads <c>limit</c>; null when it is good or absent.</summary>
    public static GatewayError? ReadLimit(IQueryCollection query, int usual, int largest, out int limit)
    {
        limit = usual;
        return query.TryGetValue("limit", out var sent)
            && (!int.TryParse(Single(sent), NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit < 1 || limit > largest)
            ? Invalid("limit", $"expected a whole number from 1 to {largest}")
            : null;
    }

    /// <summary>The value of a parameter that may come once.</summary>
    public static string? Single(StringValues values) => values.Count == 1 ? values[0] : null;

    public static GatewayError Invalid(string name, string expected) =>
        GatewayError.Invalid(name, "invalid_value", $"Invalid value for '{name}': {expected}.");

    /// <summary>Answers with a page.</summary>
    /// <param name="context">The request.</param>
    /// <param name="found">The entries: one more than <paramref name="limit"/> where there is a next page.</param>
    /// <param name="limit">Entries of the page.</param>
    /// <param name="id">The id of an entry.</param>
    /// <param name="write">Writes an entry.</param>
    public static Task SendAsync<T>(HttpContext context, IReadOnlyList<T> found, int limit, Func<T, string> id, Action<Utf8JsonWriter, T> write)
    {
        var count = Math.Min(found.Count, limit);
        return ResponseBody.SendStateAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "list"u8);
            json.WriteStartArray("data"u8);
            for (var i = 0; i < count; i++)
            {
                write(json, found[i]);
            }

            json.WriteEndArray();
            json.WriteString("first_id"u8, count > 0 ? id(found[0]) : null);
            json.WriteString("last_id"u8, count > 0 ? id(found[count - 1]) : null);
            json.WriteBoolean("has_more"u8, found.Count > limit);
            json.WriteEndObject();
        });
    }
}

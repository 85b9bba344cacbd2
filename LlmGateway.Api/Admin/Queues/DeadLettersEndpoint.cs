using System.Globalization;
using LlmGateway.Api.Inference;
using LlmGateway.Core.Errors;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Admin.Queues;

/// <summary>Lists and shows dead letters.</summary>
internal sealed class DeadLettersEndpoint(QueueCalls calls, QueueAudit audit)
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 100;

    public Task ListAsync(HttpContext context) => calls.RunAsync(context, async queues =>
    {
        var query = context.Request.Query;
        var after = query["after"].ToString();
        if (QueueCalls.NamedQueue(query[QueueCalls.QueueName], out var kind) is { } unknown)
        {
            return unknown;
        }

        if (!TryLimit(query["limit"], out var limit))
        {
            return GatewayError.Invalid("limit", "invalid_value", $"Invalid value for 'limit': expected an integer from 1 to {MaxLimit}.");
        }

        if (after.Length > 0 && !QueueCalls.IsId(after))
        {
            return GatewayError.Invalid("after", "invalid_value", "Invalid value for 'after': expected the id of a dead letter.");
        }

        // One more than asked for shows whether there are more.
        var found = await queues.DeadLettersAsync(kind, limit + 1, after.Length > 0 ? after : null, context.RequestAborted);
        await ResponseBody.SendStateAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("deadLetters"u8);
            foreach (var letter in found.Take(limit))
            {
                QueueDocument.Write(json, letter, withRequest: false);
            }

            json.WriteEndArray();
            json.WriteBoolean("hasMore"u8, found.Count > limit);
            json.WriteEndObject();
        });
        return null;
    });

    /// <summary>The whole dead letter. What the client sent may be nobody else's business, so it is noted who looked.</summary>
    public Task GetAsync(HttpContext context) => calls.RunAsync(context, async queues =>
    {
        if (QueueCalls.PathId(context) is not { } id || await queues.DeadLetterAsync(id, context.RequestAborted) is not { } letter)
        {
            return QueueCalls.NoSuchLetter(context);
        }

        audit.Write(context, "dead_letter.viewed", "allowed", id, json => json.WriteString("queue"u8, letter.Queue));
        await ResponseBody.SendStateAsync(context, json => QueueDocument.Write(json, letter, withRequest: true));
        return null;
    });

    private static bool TryLimit(string? text, out int limit)
    {
        limit = DefaultLimit;
        return string.IsNullOrEmpty(text)
            || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MaxLimit);
    }
}

using System.Buffers;
using System.Text;
using System.Text.Json;
using LlmGateway.Core.Pipeline;
using LlmGateway.Data.Audit;
using LlmGateway.Data.Jobs;
using LlmGateway.Data.Journal;

namespace LlmGateway.Api.Admin.Queues;

/// <summary>Notes who did what to the queues, where there is a database.</summary>
internal sealed class QueueAudit(IServiceProvider services, TimeProvider time)
{
    /// <summary>Ids that one row names; a count says the rest.</summary>
    private const int MostIds = 100;

    /// <summary>Does the change and notes it. One without an answer is noted as failed: nobody knows what became of it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="action">As <c>noun.verb</c>.</param>
    /// <param name="subject">What is changed.</param>
    /// <param name="change">The change. It is not given up when the client goes away, so that the row says what happened.</param>
    /// <param name="detail">The members of the row's detail; null when nothing was changed, which is not noted.</param>
    public async Task<T> ChangeAsync<T>(HttpContext context, string action, string subject, Func<Task<T>> change, Func<T, Action<Utf8JsonWriter>?> detail)
    {
        T result;
        try
        {
            result = await change();
        }
        catch (StoreUnavailableException)
        {
            Write(context, action, "failed", subject, null);
            throw;
        }

        if (detail(result) is { } members)
        {
            Write(context, action, "allowed", subject, members);
        }

        return result;
    }

    public void Write(HttpContext context, string action, string outcome, string subject, Action<Utf8JsonWriter>? detail)
    {
        if (services.GetService<IRecordWriter<AuditRecord>>() is not { } writer)
        {
            return;
        }

        var caller = context.Features.Get<Caller>();
        writer.Write(new AuditRecord
        {
            OccurredAt = time.GetUtcNow(),
            Action = action,
            Outcome = outcome,
            RequestId = context.TraceIdentifier,
            ApiKeyId = caller?.KeyId,
            Actor = caller?.Owner ?? caller?.KeyId,
            Subject = subject,
            Detail = detail is null ? null : Document(detail),
        });
    }

    public static void WriteIds(Utf8JsonWriter json, IEnumerable<string> ids)
    {
        json.WriteStartArray("ids"u8);
        foreach (var id in ids.Take(MostIds))
        {
            json.WriteStringValue(id);
        }

        json.WriteEndArray();
    }

    private static string Document(Action<Utf8JsonWriter> members)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}

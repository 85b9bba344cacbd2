using System.Buffers;
using System.Globalization;
using System.Text.Json;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Worker.Webhooks;

/// <summary>
/// What a receiver is sent: <c>{"type":"job.completed","timestamp":…,"data":{…}}</c>, the form that the Standard Webhooks specification
/// recommends. The same job gives the same id on every try, and another one once it has ended again after a replay.
/// </summary>
internal static class WebhookPayload
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>The value of <c>webhook-id</c>: the job and the moment of its end.</summary>
    public static string IdOf(Job job) => string.Create(CultureInfo.InvariantCulture, $"msg_{job.Id}_{EndOf(job).ToUnixTimeMilliseconds():x}");

    public static DateTimeOffset EndOf(Job job) => job.CompletedAt ?? job.CreatedAt;

    public static byte[] Write(DueWebhook due)
    {
        var job = due.Job;
        var result = job.Result is { Length: > 0 } whole ? whole : null;
        var body = new ArrayBufferWriter<byte>(1024 + (result?.Length ?? 0));
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, $"{(job.Kind == JobKind.Batch ? "batch" : "job")}.{NameOf(job.Status)}");
            json.WriteString("timestamp"u8, EndOf(job).UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
            if (due.IsResultLeftOut)
            {
                json.WriteBoolean("resultOmitted"u8, true);
            }

            json.WritePropertyName("data"u8);
            WriteJob(json, job, result);
            json.WriteEndObject();
        }

        return body.WrittenSpan.ToArray();
    }

    /// <summary>The job as its owner sees it, with the result where there is one.</summary>
    private static void WriteJob(Utf8JsonWriter json, Job job, byte[]? result)
    {
        JobDocument.WriteHead(json, job);
        if (result is not null)
        {
            json.WritePropertyName("result"u8);
            json.WriteRawValue(result, skipInputValidation: true);
        }

        JobDocument.WriteRest(json, job, position: null, estimate: null);
    }

    private static string NameOf(JobStatus status) => status switch
    {
        JobStatus.Completed => "completed",
        JobStatus.Cancelled => "cancelled",
        JobStatus.Expired => "expired",
        _ => "failed",
    };
}

using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmGateway.Core.Errors;
using LlmGateway.Data.Model;

namespace LlmGateway.Data.Jobs;

/// <summary>
/// A job as its owner sees it. The result is not written here: it can be large, and belongs between <see cref="WriteHead"/> and
/// <see cref="WriteRest"/>.
/// </summary>
public static class JobDocument
{
    private const int Whole = 100;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Writes the whole document, without the result.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="job">The job; request, result and events are not needed.</param>
    /// <param name="position">Its place in the queue, from 0; null when it does not wait, or nobody has looked.</param>
    /// <param name="estimate">Until it will have been done; null when nothing is known.</param>
    /// <param name="options">How long jobs are kept; without it the document does not tell.</param>
    public static void Write(Utf8JsonWriter json, Job job, long? position, TimeSpan? estimate, JobOptions? options = null)
    {
        WriteHead(json, job);
        WriteRest(json, job, position, estimate, options);
    }

    /// <summary>Begins the document with what stands before the result.</summary>
    public static void WriteHead(Utf8JsonWriter json, Job job)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, job.Id);
        json.WriteString("status"u8, EnumText<JobStatus>.Write(job.Status));
        json.WriteNumber("progress"u8, ProgressOf(job.Status, job.Progress));
    }

    /// <summary>Writes what stands behind the result, and ends the document.</summary>
    /// <inheritdoc cref="Write"/>
    public static void WriteRest(Utf8JsonWriter json, Job job, long? position, TimeSpan? estimate, JobOptions? options = null)
    {
        WriteTime(json, "createdAt"u8, job.CreatedAt);
        WriteTime(json, "completedAt"u8, job.CompletedAt);
        json.WriteString("object"u8, ObjectOf(job.Kind));
        json.WriteString("model"u8, job.Model);
        json.WriteString("priority"u8, EnumText<JobPriority>.Write(job.Priority));
        json.WriteNumber("attempt"u8, job.Attempt);
        WriteNumber(json, "queuePosition"u8, job.Status == JobStatus.Queued ? position : null);
        WriteNumber(json, "estimatedSeconds"u8, job.Status == JobStatus.Queued && estimate is { } left ? (long)Math.Ceiling(left.TotalSeconds) : null);
        WriteTime(json, "startedAt"u8, job.StartedAt);
        WriteErrors(json, job);
        WriteRaw(json, "usage"u8, job.Usage is { } usage ? Encoding.UTF8.GetBytes(usage) : null);
        WriteTime(json, "expiresAt"u8, KeptUntil(job, options));
        json.WriteBoolean("cancelRequested"u8, job.CancelRequestedAt is not null);
        WriteWebhook(json, job);
        json.WriteEndObject();
    }

    /// <summary>What kind of object a job is, such as <c>chat.job</c>.</summary>
    public static string ObjectOf(JobKind kind) => kind switch
    {
        JobKind.Chat => "chat.job",
        JobKind.Embeddings => "embeddings.job",
        _ => "batch.job",
    };

    /// <summary>In percent. Only a completed job is at 100.</summary>
    /// <param name="status">How the job stands.</param>
    /// <param name="progress">From 0 to 1.</param>
    public static int ProgressOf(JobStatus status, double progress) =>
        status == JobStatus.Completed ? Whole : (int)Math.Clamp(progress * Whole, 0, Whole - 1);

    private static DateTimeOffset? KeptUntil(Job job, JobOptions? options) =>
        options is not null && job.CompletedAt is { } ended ? ended + (job.DeadLetteredAt is null ? options.ResultRetention : options.DeadLetterRetention) : null;

    /// <summary>Why the job ended without a result, or why the attempt before failed while it goes on.</summary>
    private static void WriteErrors(Utf8JsonWriter json, Job job)
    {
        var error = job.Status == JobStatus.Completed ? null : Inner(job.Error);
        WriteRaw(json, "error"u8, job.HasEnded ? error ?? Inner(UsualError(job.Status)) : null);
        WriteRaw(json, "lastError"u8, job.HasEnded ? null : error);
    }

    /// <summary>What is said of a job of which no reason is known.</summary>
    private static byte[]? UsualError(JobStatus status)
    {
        GatewayError? error = status switch
        {
            JobStatus.Cancelled => new(GatewayErrorCode.JobCancelled, "The job was cancelled."),
            JobStatus.Expired => new(GatewayErrorCode.JobExpired, "The job was not done by the time it had to be."),
            JobStatus.Failed => new(GatewayErrorCode.Internal, "The job failed."),
            _ => null,
        };
        if (error is null)
        {
            return null;
        }

        var document = new ArrayBufferWriter<byte>();
        ErrorMapper.Write(error, document);
        return document.WrittenSpan.ToArray();
    }

    private static byte[]? Inner(string? document) => document is null ? null : Inner(Encoding.UTF8.GetBytes(document));

    /// <summary>The error object inside an OpenAI error document; null when it holds none.</summary>
    private static byte[]? Inner(byte[]? document)
    {
        if (document is null)
        {
            return null;
        }

        var reader = new Utf8JsonReader(document);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isError = reader.ValueTextEquals("error"u8);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                var isObject = reader.TokenType == JsonTokenType.StartObject;
                reader.Skip();
                if (isError)
                {
                    return isObject ? document[start..(int)reader.BytesConsumed] : null;
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Damaged: as good as nothing said.
        }

        return null;
    }

    private static void WriteWebhook(Utf8JsonWriter json, Job job)
    {
        if (job.WebhookUrl is not { } url)
        {
            json.WriteNull("webhook"u8);
            return;
        }

        var isOver = job.HasEnded && job.WebhookRunAfter is null;
        json.WriteStartObject("webhook"u8);
        json.WriteString("url"u8, url);
        json.WriteString("status"u8, job.WebhookDeliveredAt is not null ? "delivered"u8 : isOver ? "failed"u8 : "pending"u8);
        json.WriteNumber("attempts"u8, job.WebhookAttempts);
        json.WriteString("error"u8, job.WebhookDeliveredAt is null ? job.WebhookError : null);
        json.WriteEndObject();
    }

    private static void WriteRaw(Utf8JsonWriter json, ReadOnlySpan<byte> name, byte[]? value)
    {
        json.WritePropertyName(name);
        if (value is null)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteRawValue(value, skipInputValidation: true);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset? time) =>
        json.WriteString(name, time?.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
}

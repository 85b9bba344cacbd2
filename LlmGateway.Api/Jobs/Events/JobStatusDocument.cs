using System.Text.Json;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Jobs.Events;

/// <summary>What the events of a job say about the job itself.</summary>
internal static class JobStatusDocument
{
    /// <summary>How a job stands while it is followed.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="state">How it stands.</param>
    /// <param name="position">Jobs before it; null when nobody has counted.</param>
    public static void Write(Utf8JsonWriter json, JobState state, long? position)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, state.Id);
        json.WriteString("status"u8, Name(state.Status));
        json.WriteNumber("progress"u8, Percent(state.Progress));
        if (position is { } before)
        {
            json.WriteNumber("queuePosition"u8, before);
        }

        json.WriteEndObject();
    }

    /// <summary>The document of a job that has ended, without its result: the chunks were the result.</summary>
    public static void WriteEnded(Utf8JsonWriter json, Job job)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, job.Id);
        json.WriteString("status"u8, Name(job.Status));
        json.WriteNumber("progress"u8, Percent(job.Progress));
        if (job.Error is { } error)
        {
            // A whole document, {"error":{…}}, of which the object is wanted.
            using var parsed = JsonDocument.Parse(error);
            json.WritePropertyName("error"u8);
            (parsed.RootElement.TryGetProperty("error"u8, out var inner) ? inner : parsed.RootElement).WriteTo(json);
        }

        if (job.Usage is { } usage)
        {
            json.WritePropertyName("usage"u8);
            json.WriteRawValue(usage);
        }

        json.WriteString("createdAt"u8, job.CreatedAt);
        if (job.CompletedAt is { } completed)
        {
            json.WriteString("completedAt"u8, completed);
        }

        json.WriteEndObject();
    }

    public static ReadOnlySpan<byte> Name(JobStatus status) => status switch
    {
        JobStatus.Queued => "queued"u8,
        JobStatus.Running => "running"u8,
        JobStatus.Completed => "completed"u8,
        JobStatus.Failed => "failed"u8,
        JobStatus.Cancelled => "cancelled"u8,
        _ => "expired"u8,
    };

    private static int Percent(double progress) => (int)Math.Floor(Math.Clamp(progress, 0, 1) * 100);
}

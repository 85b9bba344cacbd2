using System.Text.Json;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Jobs.Events;

/// <summary>How a job stands, in the words of its document (<see cref="JobDocument"/>), as far as that changes while it is followed.</summary>
internal static class JobStatusDocument
{
    /// <param name="json">Where to.</param>
    /// <param name="state">How it stands.</param>
    /// <param name="position">Jobs before it; null when nobody has counted.</param>
    public static void Write(Utf8JsonWriter json, JobState state, long? position)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, state.Id);
        json.WriteString("status"u8, Name(state.Status));
        json.WriteNumber("progress"u8, JobDocument.ProgressOf(state.Status, state.Progress));
        if (position is { } before)
        {
            json.WriteNumber("queuePosition"u8, before);
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
}

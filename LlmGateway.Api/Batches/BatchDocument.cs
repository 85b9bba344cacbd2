using System.Text.Json;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Batches;

/// <summary>A batch as OpenAI shows it (source: the Batch schema of its published API description).</summary>
internal static class BatchDocument
{
    public static void Write(Utf8JsonWriter json, Job batch)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, batch.Id);
        json.WriteString("object"u8, "batch"u8);
        json.WriteString("endpoint"u8, batch.Endpoint);
        json.WritePropertyName("errors"u8);
        WriteErrors(json, batch);
        json.WriteString("input_file_id"u8, batch.InputFileId);
        json.WriteString("completion_window"u8, BatchRequest.Window);
        json.WriteString("status"u8, StatusOf(batch));
        json.WriteString("output_file_id"u8, batch.OutputFileId);
        json.WriteString("error_file_id"u8, batch.ErrorFileId);
        WriteTimes(json, batch);
        json.WriteStartObject("request_counts"u8);
        json.WriteNumber("total"u8, batch.ItemsTotal);
        json.WriteNumber("completed"u8, batch.ItemsCompleted);
        json.WriteNumber("failed"u8, batch.ItemsFailed);
        json.WriteEndObject();
        json.WritePropertyName("metadata"u8);
        json.WriteRawValue(batch.Metadata ?? "null");
        json.WriteEndObject();
    }

    public static string StatusOf(Job batch) => batch.Status switch
    {
        JobStatus.Completed => "completed",
        JobStatus.Failed => "failed",
        JobStatus.Cancelled => "cancelled",
        JobStatus.Expired => "expired",
        _ when batch.CancelRequestedAt is not null => "cancelling",
        _ => batch.Phase switch
        {
            BatchPhase.InProgress => "in_progress",
            BatchPhase.Finalizing => "finalizing",
            _ => "validating",
        },
    };

    private static void WriteTimes(Utf8JsonWriter json, Job batch)
    {
        json.WriteNumber("created_at"u8, batch.CreatedAt.ToUnixTimeSeconds());
        WriteTime(json, "in_progress_at"u8, batch.InProgressAt);
        WriteTime(json, "expires_at"u8, batch.ExpiresAt);
        WriteTime(json, "finalizing_at"u8, batch.FinalizingAt);
        WriteTime(json, "completed_at"u8, batch.Status == JobStatus.Completed ? batch.CompletedAt : null);
        WriteTime(json, "failed_at"u8, batch.Status == JobStatus.Failed ? batch.CompletedAt : null);
        WriteTime(json, "expired_at"u8, batch.Status == JobStatus.Expired ? batch.CompletedAt : null);
        WriteTime(json, "cancelling_at"u8, batch.CancelRequestedAt);
        WriteTime(json, "cancelled_at"u8, batch.Status == JobStatus.Cancelled ? batch.CompletedAt : null);
    }

    private static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset? time)
    {
        if (time is { } at)
        {
            json.WriteNumber(name, at.ToUnixTimeSeconds());
        }
        else
        {
            json.WriteNull(name);
        }
    }

    /// <summary>The list of mistakes in the input file, where the batch failed for them, else the one reason why it failed.</summary>
    private static void WriteErrors(Utf8JsonWriter json, Job batch)
    {
        if (batch.Status != JobStatus.Failed || batch.Error is not { } text)
        {
            json.WriteNullValue();
            return;
        }

        using var document = JsonDocument.Parse(text);
        if (document.RootElement.TryGetProperty("errors", out var errors))
        {
            errors.WriteTo(json);
            return;
        }

        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        if (document.RootElement.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
        {
            json.WriteStartObject();
            foreach (var name in (ReadOnlySpan<string>)["code", "message", "param"])
            {
                json.WritePropertyName(name);
                if (error.TryGetProperty(name, out var value))
                {
                    value.WriteTo(json);
                }
                else
                {
                    json.WriteNullValue();
                }
            }

            json.WriteNull("line"u8);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}

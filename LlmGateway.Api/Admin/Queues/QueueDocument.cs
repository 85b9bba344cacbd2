using System.Text.Json;
using LlmGateway.Data.Jobs;

namespace LlmGateway.Api.Admin.Queues;

/// <summary>Queues and dead letters as operators see them.</summary>
internal static class QueueDocument
{
    /// <summary>As deep as any request can be that was ever accepted.</summary>
    private const int MaxDepth = 1000;

    public static void Write(Utf8JsonWriter json, QueueFigures figures, DateTimeOffset now)
    {
        json.WriteStartObject(Job.QueueOf(figures.Kind));
        json.WriteNumber("waiting"u8, figures.Waiting);
        json.WriteNumber("active"u8, figures.Active);
        json.WriteNumber("completed"u8, figures.Completed);
        json.WriteNumber("failed"u8, figures.Failed);
        json.WriteNumber("delayed"u8, figures.Delayed);
        json.WriteNumber("cancelled"u8, figures.Cancelled);
        json.WriteNumber("deadLetters"u8, figures.DeadLetters);
        if (figures.OldestWaiting is { } oldest)
        {
            json.WriteNumber("oldestWaitingSeconds"u8, Math.Round(Math.Max(0, (now - oldest).TotalSeconds), 3));
        }
        else
        {
            json.WriteNull("oldestWaitingSeconds"u8);
        }

        json.WriteBoolean("paused"u8, figures.PausedAt is not null);
        WriteTime(json, "pausedAt"u8, figures.PausedAt);
        json.WriteEndObject();
    }

    /// <param name="json">Where to.</param>
    /// <param name="letter">The dead letter.</param>
    /// <param name="withRequest">What the client sent, too.</param>
    public static void Write(Utf8JsonWriter json, Job letter, bool withRequest)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, letter.Id);
        json.WriteString("queue"u8, letter.Queue);
        json.WriteString("model"u8, letter.Model);
        json.WriteString("priority"u8, letter.Priority switch { JobPriority.High => "high", JobPriority.Normal => "normal", _ => "low" });
        json.WriteString("apiKeyId"u8, letter.ApiKeyId);
        json.WriteString("owner"u8, letter.Owner);
        json.WriteString("team"u8, letter.Team);
        json.WriteString("sensitivity"u8, letter.Sensitivity);
        WriteReason(json, letter.Error);
        json.WriteNumber("attempts"u8, letter.Attempt);
        json.WriteNumber("failures"u8, letter.Failures);
        json.WriteNumber("maxAttempts"u8, letter.MaxAttempts);
        WriteTime(json, "createdAt"u8, letter.CreatedAt);
        WriteTime(json, "startedAt"u8, letter.StartedAt);
        WriteTime(json, "failedAt"u8, letter.CompletedAt);
        WriteTime(json, "deadLetteredAt"u8, letter.DeadLetteredAt);
        WriteTime(json, "expiresAt"u8, letter.ExpiresAt);
        if (letter.Kind == JobKind.Batch)
        {
            json.WriteString("endpoint"u8, letter.Endpoint);
            json.WriteString("inputFileId"u8, letter.InputFileId);
        }

        if (withRequest)
        {
            json.WritePropertyName("request"u8);
            WriteRequest(json, letter.Request);
        }

        json.WriteEndObject();
    }

    /// <summary>The message and code of an OpenAI error document.</summary>
    private static void WriteReason(Utf8JsonWriter json, string? error)
    {
        string? message = error, code = null;
        try
        {
            using var document = JsonDocument.Parse(error ?? "null");
            if (document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("error"u8, out var told) && told.ValueKind == JsonValueKind.Object)
            {
                message = TextOf(told, "message"u8) ?? message;
                code = TextOf(told, "code"u8);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Shown as it is.
        }

        json.WriteString("reason"u8, message);
        json.WriteString("code"u8, code);
    }

    private static string? TextOf(JsonElement node, ReadOnlySpan<byte> name) =>
        node.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static void WriteRequest(Utf8JsonWriter json, byte[] request)
    {
        if (request.Length == 0)
        {
            json.WriteNullValue();
        }
        else if (IsJson(request))
        {
            json.WriteRawValue(request, skipInputValidation: true);
        }
        else
        {
            // Never accepted as a request; shown all the same, so that it can be understood.
            json.WriteBase64StringValue(request);
        }
    }

    private static bool IsJson(byte[] request)
    {
        if (!System.Text.Unicode.Utf8.IsValid(request))
        {
            return false;
        }

        var reader = new Utf8JsonReader(request, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset? time)
    {
        if (time is { } value)
        {
            json.WriteString(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}

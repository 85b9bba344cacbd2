using System.Text.Json;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.Control;

/// <summary>Recorded requests and counters as JSON.</summary>
internal static class RequestJson
{
    public static void WriteAll(Utf8JsonWriter json, IReadOnlyList<RecordedRequest> requests)
    {
        json.WriteStartArray();
        foreach (var request in requests)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, request.Id);
            json.WriteString("at"u8, request.At);
            json.WriteString("method"u8, request.Method);
            json.WriteString("path"u8, request.Path);
            json.WriteString("model"u8, request.Model);
            json.WriteString("faults"u8, request.Faults);
            json.WriteNumber("status"u8, request.Status);
            json.WriteString("outcome"u8, request.Outcome.ToString());
            json.WriteBoolean("clientAborted"u8, request.Outcome == RequestOutcome.ClientAborted);
            json.WriteNumber("chunksSent"u8, request.ChunksSent);
            json.WriteNumber("durationMs"u8, request.Duration.TotalMilliseconds);
            json.WriteStartObject("headers"u8);
            foreach (var (name, value) in request.Headers) json.WriteString(name, value);
            json.WriteEndObject();
            json.WriteString("body"u8, request.Body);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteStats(Utf8JsonWriter json, SimulatorState state)
    {
        var stats = state.Log.Stats;
        json.WriteStartObject();
        WriteCounts(json, stats.Total);
        json.WriteStartObject("models"u8);
        foreach (var (model, counts) in stats.Models)
        {
            json.WriteStartObject(model);
            WriteCounts(json, counts);
            json.WriteNumber("queued"u8, state.Models.Find(model)?.Queued ?? 0);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, RequestCounts counts)
    {
        json.WriteNumber("active"u8, counts.Active);
        json.WriteNumber("completed"u8, counts.Completed);
        json.WriteNumber("aborted"u8, counts.Aborted);
        json.WriteNumber("faulted"u8, counts.Faulted);
        json.WriteNumber("tokens"u8, counts.Tokens);
    }
}

using System.Security.Cryptography;
using System.Text;
using LlmGateway.Data.Usage;

namespace LlmGateway.Data.Tests.Support;

internal static class Rows
{
    /// <summary>A row with every field set, with values that lose something when they are stored carelessly.</summary>
    /// <param name="id">Null derives it from the request id, so that the same call makes the same row.</param>
    public static UsageRecord Usage(string requestId, string model = "llama3.2:1b", Guid? id = null) => new()
    {
        Id = id ?? new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(requestId)).AsSpan(0, 16)),
        RequestId = requestId,
        CreatedAt = new DateTimeOffset(2026, 3, 29, 2, 30, 0, 123, TimeSpan.FromHours(2)),
        ApiKeyId = "key_1",
        Owner = "Zoë 🦊",
        Team = "a\tb\nc\\",
        Operation = "chat",
        RequestedModel = model,
        Model = "llama3.2:1b",
        Provider = "ollama",
        Status = 200,
        ErrorCode = "none",
        FinishReason = "stop",
        Cache = "miss",
        Sensitivity = "low",
        Stream = true,
        Attempts = 2,
        PromptTokens = 3_000_000_000,
        CompletionTokens = 7,
        CachedTokens = 5,
        ReasoningTokens = 3,
        Cost = 0.000000123456m,
        DurationMs = 12.5,
        FirstTokenMs = 3.25,
        JobId = "job_1",
        TraceId = "4bf92f3577b34da6a3ce929d0e0e4736",
    };
}

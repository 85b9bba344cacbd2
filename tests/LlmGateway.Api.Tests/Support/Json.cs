using System.Text;
using System.Text.Json;

namespace LlmGateway.Api.Tests.Support;

/// <summary>Requests and answers as text.</summary>
internal static class Json
{
    public const string ChatPath = "/v1/chat/completions";
    public const string CompletionPath = "/v1/completions";
    public const string EmbeddingPath = "/v1/embeddings";

    /// <summary>A chat request; <paramref name="members"/> are appended as they are.</summary>
    public static string Chat(string prompt, string model = "sim-fast", string members = "") =>
        $$"""{"model":{{Quote(model)}},"messages":[{"role":"user","content":{{Quote(prompt)}}}]{{(members.Length > 0 ? "," : "")}}{{members}}}""";

    public static string ChatStream(string prompt, string model = "sim-fast", string members = "") =>
        Chat(prompt, model, "\"stream\":true" + (members.Length > 0 ? "," : "") + members);

    public static string Quote(string text) => $"\"{JsonEncodedText.Encode(text)}\"";

    public static StringContent Content(string json) => new(json, Encoding.UTF8, "application/json");

    public static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    /// <summary>The text of the first choice of a whole chat answer.</summary>
    public static string? ContentOf(string answer) =>
        Parse(answer).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();
}

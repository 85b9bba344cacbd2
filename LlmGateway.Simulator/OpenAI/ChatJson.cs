using System.Text;
using System.Text.Json;
using LlmGateway.Simulator.Engine;

namespace LlmGateway.Simulator.OpenAI;

/// <param name="NamedTool">The request named the tool to call.</param>
internal sealed record ChatAnswer(string Id, long Created, string Model, Generation Generation, bool NamedTool, bool IncludeUsage);

/// <summary>chat.completion and chat.completion.chunk objects.</summary>
internal static class ChatJson
{
    public static void WriteCompletion(Utf8JsonWriter json, ChatAnswer answer)
    {
        json.WriteStartObject();
        OpenAIJson.WriteHead(json, answer.Id, "chat.completion"u8, answer.Created, answer.Model);
        json.WriteStartArray("choices"u8);
        foreach (var choice in answer.Generation.Choices)
        {
            json.WriteStartObject();
            json.WriteNumber("index"u8, choice.Index);
            WriteMessage(json, choice);
            if (choice.Logprobs is { } logprobs) WriteLogprobs(json, logprobs);
            else json.WriteNull("logprobs"u8);
            json.WriteString("finish_reason"u8, OpenAIJson.NameOf(choice.FinishReason, answer.NamedTool));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        OpenAIJson.WriteUsage(json, answer.Generation.PromptTokens, answer.Generation.CompletionTokens);
        json.WriteEndObject();
    }

    /// <summary>The first delta of a choice: its role; content is empty text, or null when tools are called.</summary>
    public static void WriteRoleChunk(Utf8JsonWriter json, ChatAnswer answer, GeneratedChoice choice)
    {
        BeginChunk(json, answer, choice.Index);
        json.WriteString("role"u8, "assistant"u8);
        if (choice.ToolCalls.Count > 0) json.WriteNull("content"u8);
        else json.WriteString("content"u8, ""u8);
        json.WriteNull("refusal"u8);
        EndChunk(json, answer, null, default);
    }

    public static void WriteStepChunk(Utf8JsonWriter json, ChatAnswer answer, GeneratedChoice choice, ChatStep step)
    {
        BeginChunk(json, answer, choice.Index);
        if (step.Call < 0)
        {
            json.WriteString("content"u8, step.Text);
            EndChunk(json, answer, choice.Logprobs?[step.Token], default);
            return;
        }

        json.WriteStartArray("tool_calls"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, step.Call);
        if (step.Opens)
        {
            json.WriteString("id"u8, choice.ToolCalls[step.Call].Id);
            json.WriteString("type"u8, "function"u8);
        }

        json.WriteStartObject("function"u8);
        if (step.Opens) json.WriteString("name"u8, choice.ToolCalls[step.Call].Name);
        json.WriteString("arguments"u8, step.Text);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        EndChunk(json, answer, null, default);
    }

    public static void WriteFinishChunk(Utf8JsonWriter json, ChatAnswer answer, GeneratedChoice choice)
    {
        BeginChunk(json, answer, choice.Index);
        EndChunk(json, answer, null, OpenAIJson.NameOf(choice.FinishReason, answer.NamedTool));
    }

    public static void WriteUsageChunk(Utf8JsonWriter json, ChatAnswer answer)
    {
        json.WriteStartObject();
        OpenAIJson.WriteHead(json, answer.Id, "chat.completion.chunk"u8, answer.Created, answer.Model);
        json.WriteStartArray("choices"u8);
        json.WriteEndArray();
        OpenAIJson.WriteUsage(json, answer.Generation.PromptTokens, answer.Generation.CompletionTokens);
        json.WriteEndObject();
    }

    private static void BeginChunk(Utf8JsonWriter json, ChatAnswer answer, int index)
    {
        json.WriteStartObject();
        OpenAIJson.WriteHead(json, answer.Id, "chat.completion.chunk"u8, answer.Created, answer.Model);
        json.WriteStartArray("choices"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, index);
        json.WriteStartObject("delta"u8);
    }

    private static void EndChunk(Utf8JsonWriter json, ChatAnswer answer, TokenLogprob? logprob, ReadOnlySpan<byte> finishReason)
    {
        json.WriteEndObject();
        if (logprob is not null) WriteLogprobs(json, [logprob]);
        else json.WriteNull("logprobs"u8);
        if (finishReason.IsEmpty) json.WriteNull("finish_reason"u8);
        else json.WriteString("finish_reason"u8, finishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        if (answer.IncludeUsage) json.WriteNull("usage"u8);
        json.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter json, GeneratedChoice choice)
    {
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        if (choice.ToolCalls.Count == 0)
        {
            json.WriteString("content"u8, choice.Text);
        }
        else
        {
            json.WriteNull("content"u8);
            json.WriteStartArray("tool_calls"u8);
            foreach (var call in choice.ToolCalls)
            {
                json.WriteStartObject();
                json.WriteString("id"u8, call.Id);
                json.WriteString("type"u8, "function"u8);
                json.WriteStartObject("function"u8);
                json.WriteString("name"u8, call.Name);
                json.WriteString("arguments"u8, call.Arguments);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteNull("refusal"u8);
        json.WriteStartArray("annotations"u8);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteLogprobs(Utf8JsonWriter json, IReadOnlyList<TokenLogprob> logprobs)
    {
        json.WriteStartObject("logprobs"u8);
        json.WriteStartArray("content"u8);
        foreach (var entry in logprobs)
        {
            json.WriteStartObject();
            WriteToken(json, entry.Token, entry.Logprob);
            json.WriteStartArray("top_logprobs"u8);
            foreach (var (token, logprob) in entry.Top)
            {
                json.WriteStartObject();
                WriteToken(json, token, logprob);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNull("refusal"u8);
        json.WriteEndObject();
    }

    private static void WriteToken(Utf8JsonWriter json, string token, double logprob)
    {
        json.WriteString("token"u8, token);
        json.WriteNumber("logprob"u8, logprob);
        json.WriteStartArray("bytes"u8);
        foreach (var b in Encoding.UTF8.GetBytes(token)) json.WriteNumberValue(b);
        json.WriteEndArray();
    }
}

using System.Text;
using System.Text.Json;
using LlmGateway.Simulator.Engine;
using LlmGateway.Simulator.Models;
using LlmGateway.Simulator.Wire;

namespace LlmGateway.Simulator.OpenAI;

/// <summary>A parsed POST /v1/chat/completions.</summary>
internal sealed record ChatRequest(GenerationRequest Generation, bool Stream, bool IncludeUsage)
{
    public static ChatRequest Parse(JsonElement body)
    {
        var model = ReadModel(body);
        var messages = body.Array("messages") ?? throw JsonFields.Missing("messages");
        if (messages.GetArrayLength() == 0) throw JsonFields.InvalidValue("messages", "the array must not be empty.");
        var stream = body.Boolean("stream") ?? false;
        var logprobs = body.Boolean("logprobs") ?? false;
        var top = body.Integer("top_logprobs", 0, 20);
        if (top is not null && !logprobs) throw JsonFields.InvalidValue("top_logprobs", "logprobs must be true when top_logprobs is set.");
        CheckRanges(body);
        var tools = ToolFields.ReadTools(body);
        return new ChatRequest(
            new GenerationRequest
            {
                Model = model,
                Messages = [.. messages.EnumerateArray().Select(ReadMessage)],
                Tools = tools,
                ToolChoice = ToolFields.ReadChoice(body, tools),
                ParallelToolCalls = body.Boolean("parallel_tool_calls") ?? true,
                ResponseFormat = ReadFormat(body),
                MaxTokens = body.Integer("max_completion_tokens", 1, int.MaxValue) ?? body.Integer("max_tokens", 1, int.MaxValue),
                Stop = ReadStop(body),
                Seed = body.Long("seed"),
                Choices = body.Integer("n", 1, 128) ?? 1,
                Logprobs = logprobs,
                TopLogprobs = top ?? 0,
                Temperature = body.Number("temperature", 0, 2),
            },
            stream,
            ReadIncludeUsage(body, stream));
    }

    public ModelCapabilities Needs =>
        ModelCapabilities.Completion
        | (Generation.Messages.Any(m => m.ImageCount > 0) ? ModelCapabilities.Vision : ModelCapabilities.None)
        | (Generation.Tools.Count > 0 ? ModelCapabilities.Tools : ModelCapabilities.None);

    public static string ReadModel(JsonElement body)
    {
        var model = body.String("model");
        return string.IsNullOrEmpty(model) ? throw SimulatorException.BadRequest("you must provide a model parameter", "model", "missing_required_parameter") : model;
    }

    public static List<string> ReadStop(JsonElement body)
    {
        if (body.Field("stop") is not { } stop) return [];
        if (stop.ValueKind == JsonValueKind.String) return [stop.Text("stop")];
        if (stop.ValueKind != JsonValueKind.Array) throw JsonFields.WrongType("stop", "a string or an array of strings", stop);
        if (stop.GetArrayLength() > 4) throw JsonFields.InvalidValue("stop", "at most 4 stop sequences are allowed.");
        return [.. stop.EnumerateArray().Select((s, i) => s.Text($"stop[{i}]"))];
    }

    public static bool ReadIncludeUsage(JsonElement body, bool stream)
    {
        if (body.Object("stream_options") is not { } options) return false;
        if (!stream) throw JsonFields.InvalidValue("stream_options", "only allowed when 'stream' is true.");
        return options.Boolean("include_usage", "stream_options.include_usage") ?? false;
    }

    public static void CheckRanges(JsonElement body)
    {
        body.Number("top_p", 0, 1);
        body.Number("presence_penalty", -2, 2);
        body.Number("frequency_penalty", -2, 2);
        body.Object("logit_bias");
        body.String("user");
    }

    private static ChatMessage ReadMessage(JsonElement message, int index)
    {
        var at = $"messages[{index}]";
        if (message.ValueKind != JsonValueKind.Object) throw JsonFields.WrongType(at, "an object", message);
        var roleName = message.String("role", at + ".role") ?? throw JsonFields.Missing(at + ".role");
        var role = roleName switch
        {
            "system" or "developer" => MessageRole.System,
            "user" => MessageRole.User,
            "assistant" => MessageRole.Assistant,
            "tool" or "function" => MessageRole.Tool,
            _ => throw JsonFields.InvalidValue(at + ".role", $"'{roleName}' is not one of system, developer, user, assistant, tool, function."),
        };
        var (text, images) = ReadContent(message, role, at + ".content");
        var id = message.String("tool_call_id", at + ".tool_call_id");
        if (roleName == "tool" && id is null) throw JsonFields.Missing(at + ".tool_call_id");
        return new ChatMessage(role, text)
        {
            ImageCount = images,
            ToolCallId = id,
            ToolName = role == MessageRole.Tool ? message.String("name", at + ".name") : null,
            ToolCalls = ToolFields.ReadCalls(message, at),
        };
    }

    private static (string Text, int Images) ReadContent(JsonElement message, MessageRole role, string at)
    {
        if (message.Field("content") is not { } content)
            return role == MessageRole.Assistant ? ("", 0) : throw JsonFields.Missing(at);
        if (content.ValueKind == JsonValueKind.String) return (content.Text(at), 0);
        if (content.ValueKind != JsonValueKind.Array) throw JsonFields.WrongType(at, "a string or an array of content parts", content);

        var text = new StringBuilder();
        var images = 0;
        var i = 0;
        foreach (var part in content.EnumerateArray())
        {
            var place = $"{at}[{i++}]";
            switch (part.String("type", place + ".type"))
            {
                case "text": text.Append(part.String("text", place + ".text") ?? throw JsonFields.Missing(place + ".text")); break;
                case "refusal": text.Append(part.String("refusal", place + ".refusal")); break;
                case "image_url":
                    var image = part.Object("image_url", place + ".image_url") ?? throw JsonFields.Missing(place + ".image_url");
                    _ = image.String("url", place + ".image_url.url") ?? throw JsonFields.Missing(place + ".image_url.url");
                    images++;
                    break;
                case "input_audio" or "file": break;
                case null: throw JsonFields.Missing(place + ".type");
                case var other: throw JsonFields.InvalidValue(place + ".type", $"'{other}' is not a content part type.");
            }
        }

        return (text.ToString(), images);
    }

    private static ResponseFormat ReadFormat(JsonElement body)
    {
        if (body.Object("response_format") is not { } format) return ResponseFormat.Text;
        switch (format.String("type", "response_format.type") ?? throw JsonFields.Missing("response_format.type"))
        {
            case "text": return ResponseFormat.Text;
            case "json_object": return ResponseFormat.JsonObject;
            case "json_schema":
                var described = format.Object("json_schema", "response_format.json_schema") ?? throw JsonFields.Missing("response_format.json_schema");
                _ = described.String("name", "response_format.json_schema.name") ?? throw JsonFields.Missing("response_format.json_schema.name");
                return described.Object("schema", "response_format.json_schema.schema") is { } schema
                    ? new ResponseFormat(ResponseFormatKind.JsonSchema, schema)
                    : ResponseFormat.JsonObject;
            case var other: throw JsonFields.InvalidValue("response_format.type", $"'{other}' is not one of text, json_object, json_schema.");
        }
    }
}
